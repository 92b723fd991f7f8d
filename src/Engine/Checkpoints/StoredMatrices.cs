using MlxVideo.Engine.Tensors;
using MlxVideo.Engine.Weights;
using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>Reads weights stored under more than one key: MLX's packed matrices and 8-bit floats with a scale.</summary>
/// <param name="quantization">Required format of packed matrices; null to accept any.</param>
internal sealed class StoredMatrices(WeightFiles files, QuantizationConfig? quantization)
{
    private const string WeightSuffix = ".weight";
    private const string ScalesSuffix = ".scales";
    private const string BiasesSuffix = ".biases";

    private static readonly TensorDtype[] FloatDtypes = [TensorDtype.F32, TensorDtype.F16, TensorDtype.BF16];

    /// <summary>Returns true for dtypes with elements that can't be multiplied directly.</summary>
    public static bool IsPacked(TensorDtype dtype) => dtype == TensorDtype.U32 || IsFloat8(dtype);

    public static bool IsFloat8(TensorDtype dtype) => dtype is TensorDtype.F8_E4M3 or TensorDtype.F8_E5M2;

    /// <summary>
    /// Returns true when a weight occupies as many bytes in memory as in the file: packed weights, and their scales and biases.
    /// </summary>
    public static bool StaysAsStored(WeightFiles files, string key)
    {
        if (files.Find(key) is not { Entry.Dtype: var dtype })
            return false;
        var suffix = new[] { ScalesSuffix, BiasesSuffix }.FirstOrDefault(suffix => key.EndsWith(suffix, StringComparison.Ordinal));
        return IsPacked(dtype)
            || (suffix is not null && files.Find(key[..^suffix.Length] + WeightSuffix) is { Entry.Dtype: TensorDtype.U32 });
    }

    /// <summary>Returns the keys of the scales and biases that belong to a packed weight and exist.</summary>
    public static IEnumerable<string> CompanionsOf(WeightFiles files, string key)
    {
        if (files.Find(key) is not { Entry.Dtype: var dtype } || !IsPacked(dtype) || !key.EndsWith(WeightSuffix, StringComparison.Ordinal))
            return [];
        var module = ModuleOf(key);
        var companions = dtype == TensorDtype.U32
            ? [module + ScalesSuffix, module + BiasesSuffix]
            : Float8Scale.Names.Select(name => $"{module}.{name}");
        return companions.Where(companion => files.Find(companion) is not null);
    }

    /// <summary>Reads a matrix with a packed dtype (<see cref="IsPacked"/>).</summary>
    /// <param name="rows">Required number of rows.</param>
    /// <param name="columns">Required number of columns.</param>
    /// <param name="readData">False to inspect only shapes.</param>
    public StoredMatrix Read(StoredWeight entry, string key, long rows, long columns, bool readData) =>
        entry.Entry.Dtype == TensorDtype.U32
            ? ReadAffine(entry, key, rows, columns, readData)
            : ReadFloat8(entry, key, rows, columns, readData);

    private StoredMatrix ReadAffine(StoredWeight weight, string key, long rows, long columns, bool readData)
    {
        var module = ModuleOf(key);
        var (scalesKey, biasesKey) = (module + ScalesSuffix, module + BiasesSuffix);
        List<string> used = [scalesKey, biasesKey];
        if (files.Find(scalesKey) is not { File: var scalesFile, Entry: var scales })
            return new StoredMatrix(null, used, Missing: scalesKey);
        if (!FloatDtypes.Contains(scales.Dtype))
            return new StoredMatrix(
                null, used, Fault: $"{scalesKey} is {scales.Dtype}, but only the mode 'affine' with float scales is supported");
        if (files.Find(biasesKey) is not { File: var biasesFile, Entry: var biases })
            return new StoredMatrix(null, used, Missing: biasesKey);
        if (AffineFormat.Of(rows, columns, weight.Entry.Shape, scales.Shape) is not { } format)
            return new StoredMatrix(null, used, Fault: $"{key} is packed {Sizes(weight.Entry)} with scales {Sizes(scales)}, which is not a "
                + $"quantization of [{rows}, {columns}] ({AffineFormat.Possibilities})");
        if (!scales.Shape.SequenceEqual(biases.Shape) || !FloatDtypes.Contains(biases.Dtype))
            return new StoredMatrix(
                null, used, Fault: $"{biasesKey} is {biases.Dtype} {Sizes(biases)}, which does not match scales {Sizes(scales)}");
        if (quantization?.FormatOf(module) is { } stated && stated != format)
            return new StoredMatrix(null, used, Fault: $"{key} is packed in {format}, but the configuration says {stated}");
        if (!readData)
            return new StoredMatrix(null, used);
        var (packed, factors) = (SafetensorsTensors.ReadBytes(weight.File, weight.Entry), SafetensorsTensors.Read(scalesFile, scales));
        WeightDamage.RequireNone(weight, key, packed, factors);
        return new StoredMatrix(new AffineMatrix(format, packed, factors, SafetensorsTensors.Read(biasesFile, biases)), used);
    }

    private StoredMatrix ReadFloat8(StoredWeight weight, string key, long rows, long columns, bool readData)
    {
        var module = ModuleOf(key);
        var scaleKey = Float8Scale.Names.Select(name => $"{module}.{name}").FirstOrDefault(name => files.Find(name) is not null);
        IReadOnlyList<string> used = scaleKey is null ? [] : [scaleKey];
        if (!weight.Entry.Shape.SequenceEqual([rows, columns]))
            return new StoredMatrix(null, used, Fault: $"{key} is {Sizes(weight.Entry)} instead of [{rows}, {columns}]");
        var scale = scaleKey is null ? null : files.Find(scaleKey);
        if (scale is not null && Float8Scale.FaultOf(scale.Entry) is { } error)
            return new StoredMatrix(null, used, Fault: error);
        if (!readData)
            return new StoredMatrix(null, used);
        var format = SafetensorsTensors.Float8FormatOf(weight.Entry.Dtype)!;
        var codes = SafetensorsTensors.ReadBytes(weight.File, weight.Entry);
        WeightDamage.RequireNone(weight, key, codes);
        return new StoredMatrix(
            new Float8Matrix(format, codes, scale is null ? 1 : (float)SafetensorsTensors.ReadNumber(scale.File, scale.Entry)), used);
    }

    private static string ModuleOf(string key) => key.EndsWith(WeightSuffix, StringComparison.Ordinal) ? key[..^WeightSuffix.Length] : key;

    private static string Sizes(TensorEntry entry) => $"[{string.Join(", ", entry.Shape)}]";
}

/// <summary>A matrix read by <see cref="StoredMatrices"/>, or the reason for its absence.</summary>
/// <param name="Matrix">Null when it is unusable, or when only shapes were inspected.</param>
/// <param name="Used">Additional keys that belong to the weight.</param>
/// <param name="Missing">A required key that does not exist; null when there is none.</param>
/// <param name="Fault">A fault in shapes or dtypes; null when there is none.</param>
internal sealed record StoredMatrix(WeightMatrix? Matrix, IReadOnlyList<string> Used, string? Missing = null, string? Fault = null);
