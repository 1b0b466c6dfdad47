#define X(name) {name},
static const char *current = "a";
