/* What Swift has no name for, as static inline functions. */
#pragma once

#include "storage.h"
#include "hardware.h"
