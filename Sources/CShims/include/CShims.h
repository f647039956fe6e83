/* What Swift has no name for: one header per subject, all of it `static inline`. */
#pragma once

#include "cpuid.h"
#include "hardware.h"
#include "mapping.h"
#include "pinning.h"
#include "process.h"
#include "storage.h"
#include "vector_arm.h"
#include "vector_x86.h"
#include "vector.h"
#include "vector_bytes.h"
#include "vector_x86_bytes.h"
