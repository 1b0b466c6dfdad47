# cmake -C deploy/presets/release.cmake -S . -B .build/release
set(CMAKE_BUILD_TYPE "" CACHE STRING "The flags are in deploy/cmake/Hardening.cmake")
set(CERTFERRY_SANITIZE "" CACHE STRING "Sanitizers")
