# cmake -C deploy/presets/tsan.cmake -S . -B .build/tsan
set(CMAKE_BUILD_TYPE "" CACHE STRING "The flags are in deploy/cmake/Hardening.cmake")
set(CERTFERRY_SANITIZE "thread" CACHE STRING "Sanitizers")
