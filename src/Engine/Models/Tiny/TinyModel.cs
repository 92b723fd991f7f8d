using System.Reflection;
using System.Text.Json.Nodes;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Libraries;
using MlxVideo.Shared.Safetensors;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Models.Tiny;

/// <summary>
/// A complete LTX-2.0 model of a few megabytes with random weights, in the released layout, for trying out and testing the farm. Its
/// clips only show moving colours and make noises that depend on prompt and seed.
/// </summary>
public static class TinyModel
{
    private const string Version = "2.0.0";

    // Changes whenever the bytes do, which keeps a model cached by an older release from being used in its place.
    private const int Revision = 3;

    // Found by rendering. Equal registers and sharp, strong attention to the context make prompts visible; otherwise their few tokens
    // drown in the average over 1024 slots. Equal rows before each shuffle of channels into pixels give areas of colour instead of
    // noise.
    private static readonly WeightDistribution Distribution = new(
    [
        new WeightRule("*.learnable_registers", EqualRows: 128),
        new WeightRule("*.attn2.q_norm.weight", Gain: 10),
        new WeightRule("*.attn2.to_out.0.weight", Gain: 4),
        new WeightRule("vae.decoder.up_blocks.*.conv.conv.*", EqualRows: 8),
        new WeightRule("vae.decoder.conv_out.conv.*", EqualRows: 16),
        new WeightRule("upsampler.conv.*", EqualRows: 4),
    ]);

    /// <summary>Writes the model into a new folder, which appears only when complete. Equal seeds give equal bytes.</summary>
    /// <param name="seed">Determines the weights.</param>
    /// <param name="sound">False for a video-only model.</param>
    /// <param name="cancellationToken">Honoured between files.</param>
    /// <exception cref="IOException">The folder exists and is not empty, or can't be written; or libtorch can't be loaded.</exception>
    public static void Write(string folder, long seed = 0, bool sound = true, CancellationToken cancellationToken = default)
    {
        OpenMp.Require();
        var target = Path.GetFullPath(folder).TrimEnd(Path.DirectorySeparatorChar);
        if (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any())
            throw new IOException($"{folder} is not empty; give a new folder for the model.");
        var partial = $"{target}.{Guid.NewGuid():N}.partial";
        try
        {
            Directory.CreateDirectory(Path.Combine(partial, "gemma"));
            WriteFiles(partial, seed, sound, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            if (Directory.Exists(target))
                Directory.Delete(target);
            Directory.Move(partial, target);
        }
        finally
        {
            if (Directory.Exists(partial))
                Directory.Delete(partial, recursive: true);
        }
    }

    /// <summary>
    /// Returns the tiny model in the user's cache folder, which is written if it does not exist yet. Safe for several processes at
    /// once.
    /// </summary>
    public static string InUserCache()
    {
        var folder = UserCache.Folder($"tiny-model-{Revision}");
        if (Directory.Exists(folder))
            return folder;
        try
        {
            Write(folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
            // Another process was faster; both write identical bytes.
        }

        return folder;
    }

    private static void WriteFiles(string folder, long seed, bool sound, CancellationToken cancellationToken)
    {
        var (checkpoint, upsampler, gemma) = (Minified("checkpoint.json", sound), Minified("upsampler.json"), Resource("gemma.json"));
        var configs = new ModelConfigs(
            ConfigSection.Parse("checkpoint.json", checkpoint), [ConfigSection.Parse("upsampler.json", upsampler)],
            ConfigSection.Parse("gemma.json", gemma));
        using var scope = TensorScope.Open();
        WriteWeights(Path.Combine(folder, "model.safetensors"), checkpoint, seed, root =>
        [
            configs.BuildTransformer(root), configs.BuildFeatures(root), configs.BuildVideoConnector(root), configs.BuildVideoEncoder(root),
            configs.BuildVideoDecoder(root),
            .. sound ? SoundParts(root) : [],
        ]);
        cancellationToken.ThrowIfCancellationRequested();
        WriteWeights(
            Path.Combine(folder, "spatial_upsampler.safetensors"), upsampler, seed,
            root => [ModelConfigs.BuildUpsampler(root, configs.Upsamplers[0])]);
        cancellationToken.ThrowIfCancellationRequested();
        WriteWeights(Path.Combine(folder, "gemma", "model.safetensors"), null, seed, root => [configs.BuildGemma(root)]);
        File.WriteAllText(Path.Combine(folder, "gemma", "config.json"), gemma);
        using var tokenizer = File.Create(Path.Combine(folder, "gemma", "tokenizer.model"));
        OpenResource("tokenizer.model").CopyTo(tokenizer);

        IReadOnlyList<IDisposable> SoundParts(WeightScope root) =>
            [configs.BuildAudioConnector(root), configs.BuildAudioEncoder(root), configs.BuildAudioDecoder(root),
                configs.BuildVocoder(root)];
    }

    /// <summary>Builds modules from random weights and saves the requested weights.</summary>
    private static void WriteWeights(string path, string? config, long seed, Func<WeightScope, IReadOnlyList<IDisposable>> build)
    {
        var weights = new RandomWeights(seed, Distribution);
        foreach (var module in build(new WeightScope(weights, ComputeOptions.CpuFloat32)))
            module.Dispose();
        var metadata = new Dictionary<string, string> { ["format"] = "pt" };
        if (config is not null)
        {
            metadata[ModelFolder.ConfigKey] = config;
            metadata[ModelFolder.VersionKey] = Version;
        }

        SafetensorsWriter.Write(path, weights.ToWrite(), metadata);
    }

    private static string Minified(string name, bool sound = true)
    {
        var config = JsonNode.Parse(Resource(name))!.AsObject();
        if (!sound)
        {
            config.Remove("audio_vae");
            config.Remove("vocoder");
            var transformer = config["transformer"]!.AsObject();
            foreach (
                var key in transformer.Select(entry => entry.Key).Where(key => key.StartsWith("audio_", StringComparison.Ordinal)).ToList())
                transformer.Remove(key);
        }

        return config.ToJsonString();
    }

    private static string Resource(string name)
    {
        using var reader = new StreamReader(OpenResource(name));
        return reader.ReadToEnd();
    }

    private static Stream OpenResource(string name) =>
        Assembly.GetExecutingAssembly().GetManifestResourceStream(typeof(TinyModel), name)
            ?? throw new InvalidOperationException($"The resource {name} is not embedded.");
}
