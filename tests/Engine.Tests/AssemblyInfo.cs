// TorchSharp 0.107 does not keep the Scalar of an operation alive while native code reads it: a collection that another thread
// brings about in that moment frees it, and libtorch fails in Scalar.h. Tests of this project make garbage on every thread.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
