// KernelAlgorithms
