# cmake -C deploy/presets/asan.cmake -S . -B .build/asan
set(CMAKE_BUILD_TYPE "" CACHE STRING "The flags are in deploy/cmake/Hardening.cmake")
set(CERTFERRY_SANITIZE "address,undefined" CACHE STRING "Sanitizers")
