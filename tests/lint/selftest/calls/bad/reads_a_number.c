int f(const char *text)
{
    return atoi (text);
}
