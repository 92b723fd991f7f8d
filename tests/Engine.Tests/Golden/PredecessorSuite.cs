using System.Text.Json;
using MlxVideo.Engine.Sampling;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>golden/mlx_port: the predecessor's rules that do not contradict the official ones.</summary>
public sealed class PredecessorSuite : IGoldenSuite
{
    private static readonly IReadOnlyDictionary<string, string> Contradicting = new Dictionary<string, string>
    {
        ["conditioning.safetensors"] =
            "keyframes overwrite latent frames; officially they are tokens of their own (docs/reference/transformer.md, section 8b)",
        ["loop_audio_video.safetensors"] =
            "one sigma for all tokens and guidance on velocities; officially each token has its timestep and guidance acts on x0 "
            + "(docs/reference/transformer.md, section 8b)",
    };

    public IEnumerable<GoldenCase> Discover(string root)
    {
        if (File.Exists(Path.Combine(root, "mlx_port", "schedule.json")))
            yield return new GoldenCase("mlx_port/schedule.json", Schedules);
        foreach (var (file, reason) in Contradicting)
        {
            if (File.Exists(Path.Combine(root, "mlx_port", file)))
                yield return new GoldenCase($"mlx_port/{file}", null, $"contradicts the official rule: {reason}");
        }
    }

    private static void Schedules(GoldenRun run)
    {
        var json = run.Json("schedule.json");
        Subsampled(run, json.GetProperty("stage1_subsample"), DistilledSigmas.Pass1);
        Subsampled(run, json.GetProperty("stage2_subsample"), DistilledSigmas.Pass2);
        foreach (var row in json.GetProperty("audio_frames").EnumerateArray())
            run.Exact(
                "audio frames", AudioLatentSize.FramesForVideo(row.GetProperty("frames").GetInt32(), row.GetProperty("fps").GetDouble()),
                row.GetProperty("n").GetInt32());
    }

    private static void Subsampled(GoldenRun run, JsonElement rows, IReadOnlyList<float> table)
    {
        foreach (var row in rows.EnumerateArray())
        {
            var (rule, steps) = (
                Enum.Parse<SubsamplingRule>(row.GetProperty("method").GetString()!, ignoreCase: true), row.GetProperty("steps").GetInt32());
            run.ExactSequence(
                $"{steps} steps, {rule}", SigmaSubsampling.Take(table, steps, rule), row.GetProperty("sigmas").EnumerateArray()
                    .Select(sigma => sigma.GetSingle()));
        }
    }
}
