# certferry_layer(NAME [LINKS library...]): the folder this is called from becomes the static library
# certferry_NAME of every .c in it. A folder is a layer, so its files are not listed one by one.
# Includes carry the layer ("store/db.h"); tests/lint/layers checks who may include whom.
function(certferry_layer name)
    cmake_parse_arguments(PARSE_ARGV 1 layer "" "" "LINKS;PRIVATE_LINKS")
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
    add_library(certferry_${name} STATIC ${sources})
    target_include_directories(certferry_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(certferry_${name}
        PUBLIC ${layer_LINKS}
        PRIVATE certferry_flags ${layer_PRIVATE_LINKS})
endfunction()
