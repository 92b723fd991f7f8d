using MlxVideo.Engine.Models;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>golden/pipelines/model_*: contexts from prompt text, with complete models loaded strictly from their folders.</summary>
public sealed class TextPromptSuite : IGoldenSuite
{
    private const double Tolerance = 1e-5;

    private static readonly IReadOnlyList<(string Model, string Request)> Pairs =
        [("model_ltx20", "c01_distilled_t2v"), ("model_ltx23", "c09_ltx23_distilled_images")];

    public IEnumerable<GoldenCase> Discover(string root) => Pairs
        .Where(pair => Directory.Exists(Path.Combine(root, "pipelines", pair.Model))
        && Directory.Exists(Path.Combine(root, "pipelines", pair.Request)))
        .Select(pair => new GoldenCase($"pipelines/{pair.Model}", run => Check(run, Path.Combine("..", pair.Request))));

    private static void Check(GoldenRun run, string requestFolder)
    {
        var expected = run.Open(Path.Combine(requestFolder, "io.safetensors"));
        var prompt = run.Json(Path.Combine(requestFolder, "request.json")).GetProperty("request").GetProperty("prompt").GetString()!;
        using var encoder = new ModelLoader(ModelFolder.Open(run.Folder), run.Compute).LoadPromptEncoder();
        var steps = new List<int>();
        using var contexts = encoder.Encode(prompt, steps.Add);
        run.ExactSequence("steps", steps, Enumerable.Range(0, encoder.Steps));
        run.Close(expected, "text.prompt.video_context", contexts.Video, Tolerance);
        run.Close(expected, "text.prompt.audio_context", contexts.Audio!, Tolerance);
    }
}
