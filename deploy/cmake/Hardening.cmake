# Warnings, language and hardening for our own code (target certferry_flags) and for everything (global).

set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
include(CheckPIESupported)
check_pie_supported(LANGUAGES C)

add_compile_options(
    -fstack-protector-strong
    -fstack-clash-protection
    -fcf-protection
    -fno-omit-frame-pointer
    -ffile-prefix-map=${PROJECT_SOURCE_DIR}=.
    -ffile-prefix-map=${PROJECT_BINARY_DIR}=build)
add_link_options(-Wl,-z,relro,-z,now,-z,noexecstack,--as-needed)

if(CERTFERRY_SANITIZE)
    # A report needs functions and lines; the rest of what a debugger knows takes a fifth of the time of a build.
    add_compile_options(-g1 -O1 -fsanitize=${CERTFERRY_SANITIZE} -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${CERTFERRY_SANITIZE})
else()
    # gcc 12 makes loops over the bytes of a text use vectors only if told to; clang does so by itself.
    add_compile_options(-g -O2 $<$<C_COMPILER_ID:GNU>:-fvect-cost-model=dynamic>
        -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
endif()

add_library(certferry_flags INTERFACE)
target_compile_options(certferry_flags INTERFACE
    $<$<COMPILE_LANGUAGE:C>:
        -std=gnu2x
        -Wall -Wextra -Werror
        -Wshadow -Wvla -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes -Wundef
        -Wpointer-arith -Wcast-qual -Wwrite-strings -Wconversion -Wno-sign-conversion
        -Wimplicit-fallthrough -Wswitch-enum>)
target_compile_definitions(certferry_flags INTERFACE _GNU_SOURCE)
