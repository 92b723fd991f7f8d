namespace MlxVideo.Shared.Safetensors;

/// <summary>Element types of the safetensors format; the member names are its <c>dtype</c> strings.</summary>
public enum TensorDtype
{
    F64,
    F32,
    F16,
    BF16,
    F8_E4M3,
    F8_E5M2,
    I64,
    I32,
    I16,
    I8,
    U8,
    U16,
    U32,
    BOOL,
}

/// <summary>Sizes of <see cref="TensorDtype"/> elements.</summary>
public static class TensorDtypes
{
    /// <summary>Returns the size of an element in bytes.</summary>
    public static int ElementSize(this TensorDtype dtype) => dtype switch
    {
        TensorDtype.F64 or TensorDtype.I64 => 8,
        TensorDtype.F32 or TensorDtype.I32 or TensorDtype.U32 => 4,
        TensorDtype.F16 or TensorDtype.BF16 or TensorDtype.I16 or TensorDtype.U16 => 2,
        _ => 1,
    };
}
