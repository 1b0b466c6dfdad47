/* <p>SELECT id FROM link</p> */
static const char usage[] = "usage: certferry init <folder>, SELECTED";
static int less = 1 <2> 3;
