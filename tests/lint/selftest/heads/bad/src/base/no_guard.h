/* A header without a guard. */
int f(void);
