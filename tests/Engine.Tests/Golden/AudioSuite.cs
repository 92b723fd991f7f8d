using MlxVideo.Engine.AudioVae;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Tensors;
using MlxVideo.Engine.Vocoders;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>golden/audio_vae and golden/vocoder: audio latents to spectrograms to waveforms, and spectrograms to latents.</summary>
public sealed class AudioSuite : IGoldenSuite
{
    private const double VaeTolerance = 2e-5;
    private const double VocoderTolerance = 2e-5;

    private static readonly IReadOnlyDictionary<string, Action<GoldenRun>> Cases = new Dictionary<string, Action<GoldenRun>>
    {
        ["audio_vae/encoder"] = Encode,
        ["audio_vae/decoder"] = Decode,
        ["vocoder/ltx20"] = Vocode,
        ["vocoder/ltx23_bwe"] = Vocode,
    };

    public IEnumerable<GoldenCase> Discover(string root) =>
        from one in Cases
        where Directory.Exists(Path.Combine(root, one.Key))
        select new GoldenCase(one.Key, one.Value);

    private static void Encode(GoldenRun run)
    {
        var io = run.Open("io.safetensors");
        using var encoder = Build(run, "audio_vae", (root, section) => new AudioEncoder(root, AudioVaeConfig.Parse(section)));
        run.Close(io, "out.latent", encoder.forward(io.ReadTensor("in.mel")), VaeTolerance);
    }

    private static void Decode(GoldenRun run)
    {
        var io = run.Open("io.safetensors");
        using var decoder = Build(run, "audio_vae", (root, section) => new AudioDecoder(root, AudioVaeConfig.Parse(section)));
        run.Close(io, "out.mel", decoder.forward(io.ReadTensor("in.latent")), VaeTolerance);
        run.Close(io, "out.mel_1frame", decoder.forward(io.ReadTensor("in.latent_1frame")), VaeTolerance);
    }

    private static void Vocode(GoldenRun run)
    {
        var io = run.Open("io.safetensors");
        using var vocoder = Build(run, "vocoder", (root, section) => new Vocoder(root, VocoderConfig.Parse(section)));
        var waveform = vocoder.forward(io.ReadTensor("in.mel"));
        run.Close(io, "out.waveform", waveform, VocoderTolerance);
        run.Exact(
            "sample rate", vocoder.SampleRate, run.Json("config.json").GetProperty("config").GetProperty("vocoder")
                .TryGetProperty("bwe", out _) ? 48_000 : 24_000);
    }

    private static T Build<T>(GoldenRun run, string section, Func<WeightScope, ConfigSection, T> build)
    {
        var weights = new CheckpointWeights(run.Open("weights.safetensors"));
        var config = ConfigSection.Parse("config.json", run.Json("config.json").GetProperty("config").GetRawText());
        var module = build(new WeightScope(weights, run.Compute), config.Section(section));
        weights.RequireAllUsed(_ => false);
        return module;
    }
}
