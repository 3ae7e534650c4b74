// What a start leaves in the audit trail.
#pragma once

#include "app/wiring.h"

namespace holt::app {

// That the server started, with its version and settings; and which settings are other ones than at
// the start before.
void record_start(Hub& hub);

}  // namespace holt::app
