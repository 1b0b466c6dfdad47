struct thing {
    int part;
};
static struct thing one = {.part = 1};
