// The program: runs the command that the command line names. The one place that catches exceptions
// of commands.
#include <cstdio>
#include <exception>

#include "app/commands/commands.h"

int main(int count, char** words) {
  try {
    return holt::app::run_command_line(count, words);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "holt: %s\n", problem.what());
    return 1;
  }
}
