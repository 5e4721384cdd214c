// For Weir's own targets: nothing is brought.
#include "fuzz/target.h"

void weir::fuzz::bring_subjects() {}
