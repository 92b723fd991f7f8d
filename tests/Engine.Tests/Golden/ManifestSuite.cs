using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Models;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>
/// golden/manifest: keys and shapes of the released checkpoints, compared with the requests of modules that are built from the released
/// configurations without allocating weights. One case per component: <c>manifest/VERSION.COMPONENT</c>.
/// </summary>
public sealed class ManifestSuite : IGoldenSuite
{
    private const string Upsampler = "spatial_upsampler";

    // Settings that determine the connectors' projection (docs/reference/text.md, section 1: Gemma 3 12B).
    private const string Gemma = """{"hidden_size":3840,"intermediate_size":15360,"num_hidden_layers":48,"num_attention_heads":16,"num_key_value_heads":8}""";

    private static readonly IReadOnlyDictionary<string, Func<ModelConfigs, WeightScope, IReadOnlyList<IDisposable>>> Builders =
        new Dictionary<string, Func<ModelConfigs, WeightScope, IReadOnlyList<IDisposable>>>
        {
            ["transformer"] = (configs, root) => [configs.BuildTransformer(root)],
            ["video_vae_encoder"] = (configs, root) => [configs.BuildVideoEncoder(root)],
            ["video_vae_decoder"] = (configs, root) => [configs.BuildVideoDecoder(root)],
            ["text_connectors"] = (configs, root) =>
                [configs.BuildFeatures(root), configs.BuildVideoConnector(root), configs.BuildAudioConnector(root)],
            ["audio_vae_encoder"] = (configs, root) => [configs.BuildAudioEncoder(root)],
            ["audio_vae_decoder"] = (configs, root) => [configs.BuildAudioDecoder(root)],
            ["vocoder"] = (configs, root) => [configs.BuildVocoder(root)],
            [Upsampler] = (configs, root) => [ModelConfigs.BuildUpsampler(root, configs.Upsamplers[0])],
        };

    public IEnumerable<GoldenCase> Discover(string root)
    {
        foreach (var version in new[] { "ltx-2.0-19b", "ltx-2.3-22b" })
        {
            if (!File.Exists(Path.Combine(root, "manifest", $"{version}.shapes.json")))
                continue;
            foreach (var (component, build) in Builders)
                yield return new GoldenCase($"manifest/{version}.{component}", run => Check(run, version, component, build));
        }
    }

    /// <summary>Returns the keys and shapes that a component's modules request.</summary>
    /// <param name="component">Name in the manifest; any component but the upsampler.</param>
    /// <param name="config">Configuration of a released checkpoint as JSON.</param>
    internal static IReadOnlyDictionary<string, IReadOnlyList<long>> Shapes(string component, string config) =>
        Shapes(config, "{}", ComputeOptions.CpuFloat32, Builders[component]);

    private static IReadOnlyDictionary<string, IReadOnlyList<long>> Shapes(
        string config, string upsampler, ComputeOptions compute, Func<ModelConfigs, WeightScope, IReadOnlyList<IDisposable>> build)
    {
        var configs = new ModelConfigs(
            ConfigSection.Parse("checkpoint", config), [ConfigSection.Parse("upsampler", upsampler)], ConfigSection.Parse("Gemma", Gemma));
        var weights = new ShapeOnlyWeights();
        foreach (var module in build(configs, new WeightScope(weights, compute with { Device = ShapeOnlyWeights.Device })))
            module.Dispose();
        return weights.Shapes;
    }

    private static void Check(
        GoldenRun run, string version, string component, Func<ModelConfigs, WeightScope, IReadOnlyList<IDisposable>> build)
    {
        var shapes =
            Shapes(run.Json($"{version}.config.json").GetRawText(), run.Json($"{version}.spatial-upsampler.config.json").GetRawText(),
                run.Compute, build);
        var listed = component == Upsampler
            ? run.Json($"{version}.spatial-upsampler.shapes.json")
            : run.Json($"{version}.shapes.json").GetProperty("components").GetProperty(component);
        var expected = listed.EnumerateObject()
            .Select(entry => $"{entry.Name} [{string.Join(", ", entry.Value.EnumerateArray())}]").ToHashSet();
        var actual = shapes.Select(entry => $"{entry.Key} [{string.Join(", ", entry.Value)}]").ToHashSet();
        run.Exact("number of weights", actual.Count, expected.Count);
        run.ExactSequence("weights missing from the checkpoint", actual.Except(expected).Order(StringComparer.Ordinal), []);
        run.ExactSequence("weights not requested by the model", expected.Except(actual).Order(StringComparer.Ordinal), []);
    }
}
