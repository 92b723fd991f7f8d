using System.Runtime.InteropServices;
using MlxVideo.Cli.Errors;
using MlxVideo.Engine.Adapters;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Weights;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Manifests;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Cli.Generate.Requests;

/// <summary>A clip that is rendered again from its manifest.</summary>
/// <param name="Source">The clip or manifest that was given.</param>
/// <param name="Manifest">The manifest, with the paths of its files where they are known.</param>
/// <param name="Files">Files that were given for it; recognised by their content.</param>
public sealed record Replay(string Source, ClipManifest Manifest, IReadOnlyList<string> Files)
{
    private readonly Lazy<Dictionary<string, string>> _given = new(() =>
    {
        var paths = new Dictionary<string, string>();
        foreach (var path in Files)
            paths[BlobRef.OfFile(path).Digest] = path;
        return paths;
    });

    /// <summary>The clip's settings.</summary>
    public RenderSettings Settings => Manifest.Settings;

    /// <summary>The recorded folder of the model; null when it is unknown or gone.</summary>
    public string? ModelFolder =>
        Manifest.Files?.GetValueOrDefault(Manifest.Origin.Model) is { } path && Directory.Exists(path) ? path : null;

    /// <summary>Returns the file with a digest.</summary>
    /// <exception cref="UsageException">The file is neither given nor at its recorded path.</exception>
    public string FileOf(string digest)
    {
        if (_given.Value.TryGetValue(digest, out var given))
            return given;
        var recorded = Manifest.Files?.GetValueOrDefault(digest);
        if (recorded is not null && File.Exists(recorded) && BlobRef.OfFile(recorded).Digest == digest)
            return recorded;
        var name = recorded ?? Manifest.Origin.Adapters?.FirstOrDefault(adapter => adapter.Digest == digest)?.Name;
        throw new UsageException(
            $"--from {Source}: the clip was rendered from a file with the SHA-256 {digest}{(name is null ? "" : $" ({name})")}, which is "
                + "not among the given files: add it with --input PATH.");
    }

    /// <summary>Returns the adapters and the quantization of the clip's model.</summary>
    /// <exception cref="UsageException">An adapter is neither given nor at its recorded path.</exception>
    public LoadOptions Load()
    {
        var quantization = QuantizationArgument.Read(Manifest.Origin.Quantization, out var error);
        if (error is not null)
            throw new UsageException($"--from {Source}: {error}");
        return new LoadOptions(
            (Manifest.Origin.Adapters ?? []).Select(adapter => new AdapterFile(FileOf(adapter.Digest), adapter.Strength)).ToList(),
            Quantization: quantization);
    }

    /// <summary>
    /// Returns the compute settings and the number of threads of the clip, if this machine has its device; otherwise the given ones.
    /// </summary>
    public (ComputeSettings Compute, int Threads) Compute(ComputeSettings given, int threads)
    {
        if (Manifest.Origin.Arithmetic.Split(' ') is not [var processor, var device, var dtype, var kernels, var count]
            || !processor.Equals(RuntimeInformation.ProcessArchitecture.ToString(), StringComparison.OrdinalIgnoreCase)
            || (device == "mps" && !OperatingSystem.IsMacOS()))
            return (given, threads);
        // metal-safe+sdpa+rms: the faster forms of metal-fast.
        var name = kernels.Contains('+') ? ComputeSettings.MetalFast : kernels;
        return (
            given == new ComputeSettings() ? new ComputeSettings(device, dtype, name) : given,
            threads == 1 && int.TryParse(count, out var recorded) ? recorded : threads);
    }

    /// <summary>Returns a notice when results can differ in their last bits; null when they can't.</summary>
    public string? DifferenceFrom(string arithmetic) => arithmetic == Manifest.Origin.Arithmetic
        ? null
        : $"The clip was rendered with '{Manifest.Origin.Arithmetic}', but this run computes with '{arithmetic}': the frames will be "
            + "similar, not identical.";

    /// <summary>Checks that a model is the clip's.</summary>
    /// <exception cref="UsageException">It is another one.</exception>
    public void RequireModel(string digest, string folder)
    {
        if (digest != Manifest.Origin.Model)
            throw new UsageException(
                $"--from {Source}: the clip was rendered with the model {Manifest.Origin.ModelName ?? "without a name"} (digest "
                    + $"{Manifest.Origin.Model[..12]}…), but {folder} is another one ({digest[..12]}…): give its folder with --model.");
    }
}
