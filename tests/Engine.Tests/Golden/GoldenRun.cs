using System.Text.Json;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Tensors;
using MlxVideo.Engine.Tests.Devices;
using MlxVideo.Shared.Safetensors;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>One run of a case: reads its files, compares tensors and tracks the largest error.</summary>
public sealed class GoldenRun : IDisposable
{
    private readonly bool _strict;
    private readonly double? _relativeTolerance;
    private readonly List<SafetensorsFile> _open = [];
    private readonly List<string> _failures = [];

    internal GoldenRun(string folder, string path, GoldenMode mode)
    {
        (Folder, Compute, _strict) = (folder, mode.Compute, mode.Strict);
        _relativeTolerance = mode.Compute.Dtype == ScalarType.BFloat16 ? Bfloat16Tolerances.Of(path) : null;
    }

    public string Folder { get; }

    /// <summary>True when results only approximate the reference: tensors are compared as a whole, not byte for byte.</summary>
    public bool IsReduced => _relativeTolerance is not null;

    public ComputeOptions Compute { get; }

    /// <summary>Number of comparisons so far.</summary>
    public int Compared { get; private set; }

    /// <summary>The error so far that is largest in relation to its tolerance, with that tolerance.</summary>
    public (double Error, double Tolerance) Worst { get; private set; }

    /// <summary>Descriptions of failed comparisons and rule violations.</summary>
    public IReadOnlyList<string> Failures => _failures;

    /// <summary>
    /// Checks the engine's tensors and operations against the mode's rules until the result is disposed; null in modes without rules.
    /// </summary>
    public IDisposable? Watch() => !_strict ? null : StrictMode.Watch(error =>
    {
        if (_failures.Count < 10)
            _failures.Add($"{error}\n{Environment.StackTrace}");
    });

    /// <summary>Opens a safetensors file of the case; it is closed when the run is disposed.</summary>
    public SafetensorsFile Open(string file)
    {
        var opened = SafetensorsFile.Open(Path.Combine(Folder, file));
        _open.Add(opened);
        return opened;
    }

    /// <summary>Parses a JSON file of the case.</summary>
    public JsonElement Json(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, file)));
        return document.RootElement.Clone();
    }

    /// <summary>Compares a tensor with the expected one: equal shape, largest absolute difference within the tolerance, no NaN.</summary>
    public void Close(string name, Tensor actual, Tensor expected, double tolerance)
    {
        using var scope = NewDisposeScope();
        Compared++;
        if (!actual.shape.SequenceEqual(expected.shape))
        {
            _failures.Add($"{name}: shape [{string.Join(", ", actual.shape)}] instead of [{string.Join(", ", expected.shape)}]");
            return;
        }

        if (actual.numel() == 0)
            return;
        var (found, wanted) = (actual.cpu().to(ScalarType.Float64), expected.cpu().to(ScalarType.Float64));
        var difference = (found - wanted).abs().max().item<double>();
        if (_relativeTolerance is { } relative)
            (difference, tolerance) =
                ((found - wanted).square().mean().sqrt().item<double>() / Math.Max(wanted.square().mean().sqrt().item<double>(), 1e-12),
                    relative);
        if (Compared == 1 || difference / Math.Max(tolerance, 1e-300) > Worst.Error / Math.Max(Worst.Tolerance, 1e-300))
            Worst = (difference, tolerance);
        if (!(difference <= tolerance))
            _failures.Add($"{name}: error {difference:g4} exceeds the tolerance {tolerance:g4}");
    }

    /// <summary>Like <see cref="Close"/>, with the expected tensor from <paramref name="file"/> under <paramref name="name"/>.</summary>
    public void Close(SafetensorsFile file, string name, Tensor actual, double tolerance)
    {
        using var expected = file.ReadTensor(name);
        Close(name, actual, expected, tolerance);
    }

    /// <summary>Compares values that must be equal: ids, shapes, packed bytes, text.</summary>
    public void Exact<T>(string name, T actual, T expected)
    {
        Compared++;
        if (!EqualityComparer<T>.Default.Equals(actual, expected))
            _failures.Add($"{name}: {actual} instead of {expected}");
    }

    /// <summary>Compares sequences that must be equal.</summary>
    public void ExactSequence<T>(string name, IEnumerable<T> actual, IEnumerable<T> expected)
    {
        Compared++;
        if (!actual.SequenceEqual(expected))
            _failures.Add($"{name}: [{string.Join(", ", actual.Take(16))}] instead of [{string.Join(", ", expected.Take(16))}]");
    }

    /// <inheritdoc/>
    public void Dispose() => _open.ForEach(file => file.Dispose());
}
