// weir-sim: the simulated world on the command line.
#include "scenarios/host/command_line.h"

int main(int argc, char** argv) { return weir::weir_sim_main(argc, argv, {}); }
