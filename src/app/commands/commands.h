// The command line: `holt NOUN VERB …`. One file per noun.
#pragma once

namespace holt::app {

// Exit status: 0 done, 1 an error (a sentence on stderr), 2 a command line that makes no sense.
// Throws what the command throws.
int run_command_line(int count, char** words);

}  // namespace holt::app
