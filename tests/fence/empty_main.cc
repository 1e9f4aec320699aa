// For the link tests: the library beside it is what is linked.
int main() { return 0; }
