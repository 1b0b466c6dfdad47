/* The method table as data. */
#include "http/method.h"

static const char *const names[] = {
#define METHOD_NAME(name) #name,
    METHOD_TABLE(METHOD_NAME)
#undef METHOD_NAME
        "",
};

enum method method_of(struct span token)
{
    for (int i = 0; i < METHOD_OTHER; i++)
        if (span_equal_text(token, names[i]))
            return (enum method)i;
    return METHOD_OTHER;
}

const char *method_name(enum method method)
{
    return names[method];
}
