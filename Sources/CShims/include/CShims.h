#pragma once
#include "hardware.h"
