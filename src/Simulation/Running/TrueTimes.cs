using MlxVideo.Shared.Stages;
using MlxVideo.Simulation.Farms;

namespace MlxVideo.Simulation.Running;

/// <summary>
/// How long things really take in a simulation: drawn once from a seed, the same for every policy, unknown to all of them.
/// </summary>
public sealed class TrueTimes
{
    // Deliberately different from StageKind.AssumedEfficiency, so that the scheduler has something to learn.
    private static readonly IReadOnlyDictionary<string, double> Efficiency = new Dictionary<string, double>
    {
        [EncodePromptStage.KindId] = 0.42,
        [EncodeConditioningStage.KindId] = 0.3,
        [DenoiseStage.KindId] = 0.62,
        [UpsampleStage.KindId] = 0.45,
        [DecodeVideoStage.KindId] = 0.28,
        [DecodeAudioStage.KindId] = 0.25,
        [MuxStage.KindId] = 1,
    };

    private const double MacSpread = 0.1;
    private const double StageNoise = 0.05;
    private const double WarmUpSeconds = 0.5;
    private const double MuxTeraflopsPerSecond = 2;

    private readonly int _seed;
    private readonly double? _muxSeconds;
    private readonly IMeasuredTimes? _measured;

    /// <param name="seed">What is drawn.</param>
    /// <param name="muxSeconds">Seconds to mux a clip, where they are known.</param>
    public TrueTimes(int seed, double? muxSeconds = null) => (_seed, _muxSeconds) = (seed, muxSeconds);

    /// <param name="measured">Times that are known; nothing is drawn.</param>
    public TrueTimes(IMeasuredTimes measured) => _measured = measured;

    /// <summary>Seconds of a stage on a Mac, computing alone.</summary>
    /// <param name="mac">The Mac.</param>
    /// <param name="clip">The clip's row: what a stage of it is slower or faster by is the same on every Mac.</param>
    /// <param name="stageId">The stage's id.</param>
    /// <param name="work">The stage.</param>
    public double Seconds(SimulatedMac mac, int clip, string stageId, StageWork work) => _measured?.Seconds(mac, work) ??
        work.TeraOperations / (mac.TeraflopsPerSecond * EfficiencyOf(work.Kind))
        * Math.Exp(MacSpread * Normal(mac.Name, work.Kind))
        * Math.Exp(StageNoise * Normal(clip.ToString(System.Globalization.CultureInfo.InvariantCulture), stageId));

    /// <summary>Seconds to load a component of the model.</summary>
    public double LoadSeconds(SimulatedMac mac, ModelComponent component) =>
        _measured?.LoadSeconds(mac, component)
            ?? ((_measured is null ? WarmUpSeconds : 0) + (mac.Capabilities.BytesOf(component) / mac.Capabilities.DiskBytesPerSecond));

    /// <summary>Seconds to mux a clip.</summary>
    public double MuxSeconds(StageWork work) => _measured?.MuxSeconds ?? _muxSeconds ?? (work.TeraOperations / MuxTeraflopsPerSecond);

    private static double EfficiencyOf(string kind) =>
        Efficiency.TryGetValue(kind, out var drawn) ? drawn : StageKinds.Of(kind).AssumedEfficiency;

    /// <summary>A normal number that depends on the seed and two names alone.</summary>
    private double Normal(string one, string other)
    {
        var random = new Random(HashCode(one, other));
        var (radius, angle) = (Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())), 2 * Math.PI * random.NextDouble());
        return radius * Math.Cos(angle);
    }

    /// <summary>The same in every process, unlike .NET's own (FNV-1a).</summary>
    private int HashCode(string one, string other)
    {
        var hash = 2166136261u ^ (uint)_seed;
        foreach (var character in $"{_seed}|{one}|{other}")
            hash = (hash ^ character) * 16777619;
        return (int)hash;
    }
}

/// <summary>Times that were measured on a real farm.</summary>
public interface IMeasuredTimes
{
    /// <summary>Seconds to mux a clip.</summary>
    double MuxSeconds { get; }

    /// <summary>Seconds of a stage on a Mac, computing alone.</summary>
    double Seconds(SimulatedMac mac, StageWork work);

    /// <summary>Seconds to load a component of the model on a Mac; null when that was not seen.</summary>
    double? LoadSeconds(SimulatedMac mac, ModelComponent component);
}
