/* strcpy(to, from) and goto are not used here */
static const char text[] = "system(1) 'gets(' \" atoi(";
int f(const struct table *table)
{
    return table->system(1) + random_bytes(2);
}
