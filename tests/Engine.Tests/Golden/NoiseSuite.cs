using MlxVideo.Engine.Sampling;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>golden/pipelines: the recorded noise of each pipeline case is what its seed gives.</summary>
public sealed class NoiseSuite : IGoldenSuite
{
    public IEnumerable<GoldenCase> Discover(string root)
    {
        var pipelines = Path.Combine(root, "pipelines");
        if (!Directory.Exists(pipelines))
            yield break;
        foreach (
            var request in Directory.EnumerateFiles(pipelines, "request.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            yield return new GoldenCase(Path.GetRelativePath(root, request).Replace('\\', '/'), Check);
    }

    private static void Check(GoldenRun run)
    {
        var seed = run.Json("request.json").GetProperty("request").GetProperty("seed").GetInt64();
        var file = run.Open("io.safetensors");
        var count = file.Header.Tensors.Keys.Count(key => key.StartsWith("noise.", StringComparison.Ordinal));
        using var generator = new NoiseGenerator(seed);
        for (var draw = 0; draw < count; draw++)
        {
            var shape = file.Entry($"noise.{draw}").Shape;
            run.Close(file, $"noise.{draw}", generator.Draw(shape[1], shape[2]), 0);
        }

        // The last draw alone, as a stage on another machine makes it.
        using var later = new NoiseGenerator(seed);
        for (var draw = 0; draw < count - 1; draw++)
        {
            var shape = file.Entry($"noise.{draw}").Shape;
            later.Skip(new NoiseDraw(Modality.Video, (int)shape[1]), shape[2]);
        }

        var last = file.Entry($"noise.{count - 1}").Shape;
        run.Close(file, $"noise.{count - 1}", later.Draw(last[1], last[2]), 0);
    }
}
