# cmake -C deploy/presets/release.cmake -S . -B .build/release
# The program alone: whoever installs it needs no test library.
set(CMAKE_BUILD_TYPE "" CACHE STRING "The flags are in deploy/cmake/Hardening.cmake")
set(CERTFERRY_SANITIZE "" CACHE STRING "Sanitizers")
set(CERTFERRY_TESTS OFF CACHE BOOL "Build the tests")
