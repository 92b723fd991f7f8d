using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Rendering;
using MlxVideo.Engine.Sampling;
using MlxVideo.Engine.Stages;
using MlxVideo.Engine.Tensors;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Safetensors;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Stages.Planning;
using TorchSharp;

namespace MlxVideo.Engine.Tests.Stages;

/// <summary>Guided steps with transformer evaluations split between two runners, as between two machines.</summary>
public sealed class SharedEvaluationsTests(TinyModelFolder tiny) : IClassFixture<TinyModelFolder>, IDisposable
{
    private static readonly RenderSettings Guided = new()
    {
        Prompt = "A red fox runs through fresh snow.",
        NegativePrompt = "blurry",
        Pipeline = PipelineKind.OneStage,
        Guided = GuidedSampling.Official with { Steps = 3 },
        Width = 96,
        Height = 64,
        NumFrames = 9,
        Seed = 7,
    };

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Offloaded_evaluations_give_the_same_bytes(int shared)
    {
        var (alone, files) = Alone(Guided);
        var exchange = new RunnerExchange(tiny, Denoise(Guided), files, _folder, shared);
        Assert.Equal(alone, Bytes(Render(Guided, files, exchange, "shared")));
        Assert.Equal([0, 1, 2], exchange.Delivered);
    }

    [Fact]
    public void Step_that_reuses_predictions_of_one_modality_is_offloaded_too()
    {
        var settings = Guided with { Guided = Guided.Guided with { Video = Guided.Guided.Video with { SkipStep = 1 } } };
        var (alone, files) = Alone(settings);
        var exchange = new RunnerExchange(tiny, Denoise(settings), files, _folder, shared: 2);
        Assert.Equal(alone, Bytes(Render(settings, files, exchange, "shared")));
        Assert.Equal([0, 1, 2], exchange.Delivered);
    }

    [Fact]
    public void Evaluations_of_audio_alone_are_offloaded_too()
    {
        var settings = Guided with { Pipeline = PipelineKind.TextToAudio, DistilledSampling = false };
        var (alone, files) = Alone(settings);
        var exchange = new RunnerExchange(tiny, Denoise(settings), files, _folder, shared: 1);
        Assert.Equal(alone, Bytes(Render(settings, files, exchange, "shared"), settings));
        Assert.Equal([0, 1, 2], exchange.Delivered);
    }

    [Fact]
    public void Evaluations_of_a_later_part_are_offloaded_too()
    {
        var settings = Guided with { NumFrames = 25, PartFrames = 17, OverlapFrames = 9 };
        Assert.NotNull(Denoise(settings).Continued);
        var (alone, files) = Alone(settings);
        var exchange = new RunnerExchange(tiny, Denoise(settings), files, _folder, shared: 2);
        Assert.Equal(alone, Bytes(Render(settings, files, exchange, "shared"), settings));
        Assert.Equal([0, 1, 2], exchange.Delivered);
    }

    [Fact]
    public void Missing_or_damaged_results_are_computed_locally()
    {
        var (alone, files) = Alone(Guided);
        var exchange = new RunnerExchange(tiny, Denoise(Guided), files, _folder, shared: 2)
        {
            Change = (step, path) =>
            {
                if (step == 0)
                    return null;
                File.WriteAllBytes(path, step == 1 ? File.ReadAllBytes(path)[..^5] : "{}"u8.ToArray());
                return path;
            },
        };
        Assert.Equal(alone, Bytes(Render(Guided, files, exchange, "shared")));
        Assert.Equal([0, 1, 2], exchange.Delivered);
        Assert.Equal([1, 2], exchange.Rejected);
    }

    [Fact]
    public void Velocities_of_an_unexpected_dtype_are_rejected()
    {
        var (alone, files) = Alone(Guided);
        var exchange = new RunnerExchange(tiny, Denoise(Guided), files, _folder, shared: 2) { Change = InFloat64 };
        Assert.Equal(alone, Bytes(Render(Guided, files, exchange, "shared")));
        Assert.Equal([0, 1, 2], exchange.Rejected);

        static string InFloat64(int step, string path)
        {
            using (var file = SafetensorsFile.Open(path))
                SafetensorsWriter.Write(
                    $"{path}.wide",
                    file.Header.Tensors.Keys.Select(
                        name => SafetensorsTensors.ToWrite(name, file.ReadTensor(name).to(torch.ScalarType.Float64))));
            return $"{path}.wide";
        }
    }

    public void Dispose() => _folder.Dispose();

    private static DenoiseStage Denoise(RenderSettings settings) => StagePlanner.Plan(settings).Stages.OfType<DenoiseStage>().Last();

    private static IReadOnlyList<byte[]> Bytes(IReadOnlyDictionary<string, string> files, RenderSettings? settings = null) =>
        [.. Denoise(settings ?? Guided).Outputs.Select(output => File.ReadAllBytes(files[output]))];

    private (IReadOnlyList<byte[]> Latents, IReadOnlyDictionary<string, string> Files) Alone(RenderSettings settings)
    {
        using var runner = new StageRunner(tiny.Model);
        var files = ClipStages.Run(runner, settings, _folder.File("alone"));
        return (Bytes(files, settings), files);
    }

    private Dictionary<string, string> Render(
        RenderSettings settings, IReadOnlyDictionary<string, string> inputs, IEvaluationExchange exchange, string name)
    {
        using var runner = new StageRunner(tiny.Model);
        var stage = Denoise(settings);
        var outputs = stage.Outputs.ToDictionary(output => output, output => _folder.File($"{name}-{output}"));
        runner.Run(stage, inputs, outputs, null, CancellationToken.None, exchange);
        return outputs;
    }

    /// <summary>Computes the offered evaluations with a separate runner.</summary>
    private sealed class RunnerExchange(TinyModelFolder tiny, DenoiseStage stage, IReadOnlyDictionary<string, string> inputs,
        TemporaryFolder folder, int shared) : IEvaluationExchange
    {
        public Func<int, string, string?> Change { get; init; } = (_, path) => path;

        public List<int> Delivered { get; } = [];

        public int Offer(int step, int evaluations, Action<string> writeTokens)
        {
            Assert.True(evaluations > shared);
            writeTokens(folder.File($"tokens-{step}"));
            return shared;
        }

        public List<int> Rejected { get; } = [];

        public void Reject(int step, string reason) => Rejected.Add(step);

        public string? Receive(int step)
        {
            using var runner = new StageRunner(tiny.Model);
            var path = folder.File($"velocities-{step}");
            runner.RunEvaluations(stage, inputs, step, shared, folder.File($"tokens-{step}"), path, CancellationToken.None);
            Delivered.Add(step);
            return Change(step, path);
        }
    }
}
