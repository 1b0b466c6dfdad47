static int f(int a)
{
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    return a;
}

static const int table[] = {
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
};

#define LONG(x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
    if (x) \
        g()

static int h(int a)
{
    /* if for while && || ? */
    switch (a) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
    case 6:
    case 7:
    case 8:
    case 9:
    case 10:
    case 11:
        return "if && ||"[a];
    }
    return 0;
}
