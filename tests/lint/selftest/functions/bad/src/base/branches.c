enum status f(int a)
{
    if (a > 1 && a < 2)
        a++;
    if (a > 1 && a < 2)
        a++;
    if (a > 1 && a < 2)
        a++;
    if (a > 1 && a < 2)
        a++;
    if (a > 1 && a < 2)
        a++;
    return a;
}
