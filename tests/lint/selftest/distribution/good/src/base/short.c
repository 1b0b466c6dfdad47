static int f0(int a)
{
    a++;
    a++;
    a++;
    a++;
    a++;
}

static int f1(int a)
{
    a++;
    a++;
    a++;
    a++;
    a++;
}

static int f2(int a)
{
    a++;
    a++;
    a++;
    a++;
    a++;
}

static int f3(int a)
{
    a++;
    a++;
    a++;
    a++;
    a++;
}

static int f4(int a)
{
    a++;
    a++;
    a++;
    a++;
    a++;
}

static int f5(int a)
{
    a++;
    a++;
    a++;
    a++;
    a++;
}

static int f6(int a)
{
    a++;
    a++;
    a++;
    a++;
    a++;
}

static int f7(int a)
{
    a++;
    a++;
    a++;
    a++;
    a++;
}

static int f8(int a)
{
    a++;
    a++;
    a++;
    a++;
    a++;
}

static int f9(int a)
{
    a++;
    a++;
    a++;
    a++;
    a++;
}

static int f10(int a)
{
    a++;
    a++;
    a++;
    a++;
    a++;
}

static int f11(int a)
{
    a++;
    a++;
    a++;
    a++;
    a++;
}

static int f12(int a)
{
    a++;
    a++;
    a++;
    a++;
    a++;
}

static int f13(int a)
{
    a++;
    a++;
    a++;
    a++;
    a++;
}

static int f14(int a)
{
    a++;
    a++;
    a++;
    a++;
    a++;
}

static int f15(int a)
{
    a++;
    a++;
    a++;
    a++;
    a++;
}

static int f16(int a)
{
    a++;
    a++;
    a++;
    a++;
    a++;
}

static int f17(int a)
{
    a++;
    a++;
    a++;
    a++;
    a++;
}

static int f18(int a)
{
    a++;
    a++;
    a++;
    a++;
    a++;
}

static int g(int a)
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
}
