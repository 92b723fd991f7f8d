using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Layers;
using MlxVideo.Engine.Tensors;
using MlxVideo.Engine.Transformer;
using MlxVideo.Shared.Safetensors;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>Inputs of one golden/dit case, and comparison of its runs and intermediate tensors.</summary>
internal sealed class DitRuns : IDisposable
{
    private const double Tolerance = 2e-5;

    private readonly GoldenRun _run;
    private readonly SafetensorsFile _io;
    private readonly SafetensorsFile _model;
    private LtxTransformer _transformer;

    public DitRuns(GoldenRun run)
    {
        _run = run;
        _io = run.Open("io.safetensors");
        _model = run.Open("model.safetensors");
        _transformer = TransformerSuite.Load(_model, run);
        Video = Has("in.video.latent") ? Input("video") : null;
        Audio = Has("in.audio.latent") ? Input("audio") : null;
    }

    public ModalityInput? Video { get; }

    public ModalityInput? Audio { get; }

    public Tensor Read(string name) => _io.ReadTensor(name);

    /// <summary>Switches to a changed configuration until the result is disposed.</summary>
    public IDisposable With(Func<TransformerConfig, TransformerConfig> change)
    {
        var (before, changed) = (_transformer, TransformerSuite.Load(_model, _run, change));
        _transformer = changed;
        return new Restoring(() =>
        {
            _transformer = before;
            changed.Dispose();
        });
    }

    public void Check(string name, ModalityInput? video, ModalityInput? audio, IReadOnlyList<Perturbation>? perturbations = null)
    {
        using var velocities = _transformer.Forward(video, audio, perturbations);
        CheckStream("video", video, velocities.Video);
        CheckStream("audio", audio, velocities.Audio);

        void CheckStream(string modality, ModalityInput? input, Tensor? velocity)
        {
            if (velocity is null)
                return;
            _run.Close(_io, $"out.{name}.{modality}.velocity", velocity, Tolerance);
            _run.Close(_io, $"out.{name}.{modality}.x0", input!.Latent - velocity * input.Timesteps.unsqueeze(-1), Tolerance);
        }
    }

    /// <summary>Checks the intermediate tensors of the run 'main'.</summary>
    public void CheckIntermediates()
    {
        var tokens = _transformer.Embed(Video, Audio);
        var evaluation = _transformer.Prepare(Video, Audio, null);
        CheckPrepared("video", tokens.Video, evaluation.Video);
        CheckPrepared("audio", tokens.Audio, evaluation.Audio);
        for (var block = 0; block < _transformer.Config.Layers; block++)
        {
            tokens = _transformer.RunBlock(block, tokens, evaluation);
            CheckIfThere($"mid.main.video.block{block}.out", tokens.Video);
            CheckIfThere($"mid.main.audio.block{block}.out", tokens.Audio);
        }
    }

    public void Dispose() => _transformer.Dispose();

    private void CheckPrepared(string modality, Tensor? embedded, StreamInputs? inputs)
    {
        if (inputs is null)
            return;
        var prefix = $"mid.main.{modality}.prep";
        CheckIfThere($"{prefix}.x", embedded);
        CheckIfThere($"{prefix}.context", inputs.Context);
        CheckIfThere($"{prefix}.context_bias", inputs.ContextMask);
        CheckIfThere($"{prefix}.adaln", Rows(inputs.Modulation));
        CheckIfThere($"{prefix}.embedded_timestep", inputs.Modulation.EmbeddedPlus(zeros(1)));
        CheckIfThere($"{prefix}.prompt_timestep", inputs.Text is { } text ? Rows(text) : null);
        CheckIfThere($"{prefix}.rope_cos", inputs.Rotation.Self.Cos);
        CheckIfThere($"{prefix}.rope_sin", inputs.Rotation.Self.Sin);
        CheckIfThere($"{prefix}.cross_rope_cos", inputs.Rotation.Cross?.Cos);
        CheckIfThere($"{prefix}.cross_rope_sin", inputs.Rotation.Cross?.Sin);
        CheckIfThere($"{prefix}.cross_scale_shift", inputs.Cross is { } cross ? Rows(cross.Modulation) : null);
        CheckIfThere($"{prefix}.cross_gate", inputs.Cross is { } gate ? Rows(gate.Gate) : null);
    }

    private void CheckIfThere(string name, Tensor? actual)
    {
        if (Has(name))
            _run.Close(_io, name, actual ?? zeros(0), Tolerance);
    }

    private bool Has(string name) => _io.Header.Tensors.ContainsKey(name);

    private ModalityInput Input(string modality)
    {
        var positions = Read($"in.{modality}.positions");
        return new ModalityInput(
            Read($"in.{modality}.latent"),
            Read($"in.{modality}.timesteps").squeeze(-1),
            Read($"in.{modality}.sigma"),
            modality == "video" ? _transformer.VideoRotation(positions) : _transformer.AudioRotation(positions),
            Read($"in.{modality}.context"),
            Read($"in.{modality}.context_mask"));
    }

    private static Tensor Rows(Modulation modulation) =>
        cat(Enumerable.Range(0, (int)modulation.Rows.shape[1]).Select(row => modulation.Row(row, zeros(1))).ToList(), -1);

    private sealed class Restoring(Action restore) : IDisposable
    {
        public void Dispose() => restore();
    }
}
