static int counter;
int f(void);
