using MlxVideo.Shared.Stages;
using MlxVideo.Simulation.Farms;

namespace MlxVideo.Simulation.Running;

/// <summary>
/// The true times of a simulation: drawn once from a seed, identical for every policy, and unknown to all policies.
/// </summary>
public sealed class TrueTimes
{
    // Deliberately different from StageKind.AssumedEfficiency, to give the scheduler something to learn.
    private static readonly IReadOnlyDictionary<string, double> Efficiency = new Dictionary<string, double>
    {
        [EnhancePromptStage.KindId] = 0.02,
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

    /// <param name="seed">Seed of the random deviations.</param>
    /// <param name="muxSeconds">Seconds to mux a clip; null when unknown.</param>
    public TrueTimes(int seed, double? muxSeconds = null) => (_seed, _muxSeconds) = (seed, muxSeconds);

    /// <param name="measured">Measured times, used instead of drawn ones.</param>
    public TrueTimes(IMeasuredTimes measured) => _measured = measured;

    /// <summary>Returns the seconds of a stage on a Mac without offloading.</summary>
    /// <param name="clip">The clip's row. The random deviation of its stages is identical on every Mac.</param>
    public double Seconds(SimulatedMac mac, int clip, string stageId, StageWork work) => _measured?.Seconds(mac, work) ??
        work.TeraOperations / (mac.TeraflopsPerSecond * EfficiencyOf(work.Kind))
        * Math.Exp(MacSpread * Normal(mac.Name, work.Kind))
        * Math.Exp(StageNoise * Normal(clip.ToString(System.Globalization.CultureInfo.InvariantCulture), stageId));

    /// <summary>Returns the seconds to load a component of the model.</summary>
    public double LoadSeconds(SimulatedMac mac, ModelComponent component) =>
        _measured?.LoadSeconds(mac, component)
            ?? ((_measured is null ? WarmUpSeconds : 0) + (mac.Capabilities.BytesOf(component) / mac.Capabilities.DiskBytesPerSecond));

    /// <summary>Returns the seconds to mux a clip.</summary>
    public double MuxSeconds(StageWork work) => _measured?.MuxSeconds ?? _muxSeconds ?? (work.TeraOperations / MuxTeraflopsPerSecond);

    private static double EfficiencyOf(string kind) =>
        Efficiency.TryGetValue(kind, out var drawn) ? drawn : StageKinds.Of(kind).AssumedEfficiency;

    /// <summary>Returns a normally distributed number that depends only on the seed and two names.</summary>
    private double Normal(string one, string other)
    {
        var random = new Random(HashCode(one, other));
        var (radius, angle) = (Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())), 2 * Math.PI * random.NextDouble());
        return radius * Math.Cos(angle);
    }

    /// <summary>Returns an FNV-1a hash, which is identical in every process, unlike .NET's own hash codes.</summary>
    private int HashCode(string one, string other)
    {
        var hash = 2166136261u ^ (uint)_seed;
        foreach (var character in $"{_seed}|{one}|{other}")
            hash = (hash ^ character) * 16777619;
        return (int)hash;
    }
}

/// <summary>Times measured on a real farm.</summary>
public interface IMeasuredTimes
{
    /// <summary>Seconds to mux a clip.</summary>
    double MuxSeconds { get; }

    /// <summary>Returns the seconds of a stage on a Mac without offloading.</summary>
    double Seconds(SimulatedMac mac, StageWork work);

    /// <summary>Returns the seconds to load a component of the model on a Mac; null when not measured.</summary>
    double? LoadSeconds(SimulatedMac mac, ModelComponent component);
}
