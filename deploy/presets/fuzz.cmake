# cmake -C deploy/presets/fuzz.cmake -S . -B .build/fuzz
# All code by the other compiler, with what its fuzzer needs, and the targets of tests/fuzz.
set(CMAKE_BUILD_TYPE "" CACHE STRING "The flags are in deploy/cmake/Hardening.cmake")
set(CMAKE_C_COMPILER clang CACHE STRING "Only clang has a fuzzer")
set(CERTFERRY_SANITIZE "address,undefined,fuzzer-no-link" CACHE STRING "Sanitizers")
set(CERTFERRY_TESTS OFF CACHE BOOL "Build the tests")
set(CERTFERRY_FUZZ ON CACHE BOOL "Build the fuzz targets")
