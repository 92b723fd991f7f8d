namespace MlxVideo.Architecture.Tests;

/// <summary>Checks that every type is reachable from an executable or assigned to a planned feature.</summary>
public sealed class ReachabilityTests
{
    /// <summary>Unreachable types, or namespaces ending with a dot, with the planned feature that will use them.</summary>
    private static readonly IReadOnlyDictionary<string, string> Planned = new Dictionary<string, string>
    {
        ["MlxVideo.Engine.AudioFeatures."] = "audio to video: the log-mel spectrogram of input audio",
        ["MlxVideo.Engine.Conditioning.AppendReference"] = "IC-LoRA pipelines: reference videos",
        ["MlxVideo.Engine.Conditioning.RegenerateInterval"] = "retake of an interval",
        ["MlxVideo.Engine.Conditioning.ReplaceMasked"] = "video conditioning with a mask",
        ["MlxVideo.Engine.Kernels.MetalRules"] = "strict mode of the tests",
        ["MlxVideo.Engine.Sampling.AncestralEulerStep"] = "ancestral sampler of the guided pipelines",
        ["MlxVideo.Engine.Sampling.PipelineDefaults"] = "official defaults per model version",
        ["MlxVideo.Engine.Sampling.Res2sStep"] = "high-quality two-stage pipeline",
        ["MlxVideo.Engine.Sampling.SigmaSubsampling"] = "fewer steps of the distilled pipeline",
        ["MlxVideo.Engine.Sampling.SubsamplingRule"] = "fewer steps of the distilled pipeline",
        ["MlxVideo.Engine.VideoVae.StreamingDecoder"] = "decoding of long clips on one machine",
        ["MlxVideo.Engine.VideoVae.TiledEncoder"] = "encoding of input videos",
        ["MlxVideo.Media.Clips.VideoInfo"] = "video conditioning: probing of input videos",
        ["MlxVideo.Media.Clips.VideoProbe"] = "video conditioning: probing of input videos",
    };

    [Fact]
    public void Every_type_is_reachable_from_an_executable_or_planned()
    {
        // A coordinator with the console for pbm is built only where Petabridge.Cmd is served, or for tests.
        var projects = Directory.GetDirectories(Repository.Source).Select(path => Path.GetFileName(path)!).Append("PbmNode");
        using var types = ReachableTypes.From(projects, ["Cli", "Coordinator", "Worker", "PbmNode"]);
        var unreached = types.Unreached().ToList();
        var unplanned = unreached.Where(type => !Planned.Keys.Any(planned => Covers(planned, type))).ToList();
        Assert.True(unplanned.Count == 0, $"Unreachable types; delete them or list their feature:\n{string.Join('\n', unplanned)}");
        var outdated = Planned.Keys.Where(planned => !unreached.Exists(type => Covers(planned, type))).ToList();
        Assert.True(outdated.Count == 0, $"Planned types that are now reachable or were removed:\n{string.Join('\n', outdated)}");
    }

    private static bool Covers(string planned, string type) =>
        planned.EndsWith('.') ? type.StartsWith(planned, StringComparison.Ordinal) : type == planned;
}
