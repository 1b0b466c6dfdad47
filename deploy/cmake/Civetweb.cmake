# certferry_civetweb(HOOKS header [DEFINITIONS NAME=VALUE...]): the static library `civetweb`, compiled from Debian's
# source with OpenSSL 3, IPv6, and without CGI, caching and file serving.
#
# HOOKS is a header of ours that is read before CivetWeb's own first line; it puts our functions between CivetWeb and
# the sockets (src/http/). It is called from src/http only: no other layer sees <civetweb.h>.
#
# The source is fetched once into .build/civetweb, which all build folders share, and never committed. A build without
# network gives -DCIVETWEB_SOURCE_DIR=FOLDER, where FOLDER/src/civetweb.c stands.
include_guard(GLOBAL)

set(CIVETWEB_SOURCE_DIR "" CACHE PATH "CivetWeb's source; fetched from Debian when empty")

function(certferry_civetweb_source ret_folder)
    set(folder "${CIVETWEB_SOURCE_DIR}")
    if(NOT folder)
        set(folder ${PROJECT_SOURCE_DIR}/.build/civetweb)
        execute_process(
            COMMAND ${PROJECT_SOURCE_DIR}/deploy/fetch-civetweb.sh ${folder}
            RESULT_VARIABLE failed)
        if(failed)
            message(FATAL_ERROR "CivetWeb's source could not be fetched; the reason stands above.")
        endif()
    elseif(NOT EXISTS ${folder}/src/civetweb.c)
        message(FATAL_ERROR "CIVETWEB_SOURCE_DIR: there is no ${folder}/src/civetweb.c.")
    endif()
    set(${ret_folder} ${folder} PARENT_SCOPE)
endfunction()

function(certferry_civetweb)
    cmake_parse_arguments(PARSE_ARGV 0 civetweb "" "HOOKS" "DEFINITIONS")
    certferry_civetweb_source(source)
    find_package(OpenSSL 3.0 REQUIRED)
    find_package(Threads REQUIRED)

    add_library(civetweb STATIC ${source}/src/civetweb.c)
    target_include_directories(civetweb SYSTEM PUBLIC ${source}/include PRIVATE ${PROJECT_SOURCE_DIR}/src)
    # Warnings about code that is not ours help nobody here; sanitizers and hardening stay on.
    target_compile_options(civetweb PRIVATE -std=gnu11 -w -include ${civetweb_HOOKS})
    target_compile_definitions(civetweb PRIVATE
        NDEBUG OPENSSL_API_3_0 NO_SSL_DL USE_IPV6 NO_CGI NO_CACHING NO_FILES ${civetweb_DEFINITIONS})
    target_link_libraries(civetweb PRIVATE OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
endfunction()
