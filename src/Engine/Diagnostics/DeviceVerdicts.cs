using MlxVideo.Engine.Kernels;
using TorchSharp;

namespace MlxVideo.Engine.Diagnostics;

/// <summary>
/// Decides whether a device may be used: by its self-test on first use, then by the cached verdict. The reference settings, the CPU in
/// float32 with plain kernels, are used without a test.
/// </summary>
public sealed class DeviceVerdicts
{
    private readonly SelfTestProcess _process;
    private readonly VerdictCache _cache;
    private readonly SelfTestFault? _fault;

    internal DeviceVerdicts(SelfTestProcess process, VerdictCache cache, SelfTestFault? fault) =>
        (_process, _cache, _fault) = (process, cache, fault);

    /// <summary>Creates the verdicts of this user on this machine. Reads the environment; called by composition roots only.</summary>
    /// <exception cref="SelfTestFaultException">The environment requests an invalid fault.</exception>
    public static DeviceVerdicts OfUser(SelfTestProcess process) => new(process, VerdictCache.OfUser, SelfTestFault.FromEnvironment());

    /// <summary>Returns the self-test's report on a device; null for the reference settings.</summary>
    /// <param name="notice">Receives a sentence for the user when a test starts, which takes seconds.</param>
    public async Task<SelfTestReport?> FindAsync(ComputeOptions compute, Action<string> notice, CancellationToken cancellationToken)
    {
        var settings = TestedSettings.Of(compute);
        if (settings == TestedSettings.Reference)
            return null;
        var key = VerdictKey.Of(MachineDescription.Current(), torch.__version__, settings);
        if (_fault is null && _cache.Find(key) is { } known)
            return known;
        notice($"Testing {settings} before its first use.");
        return await TestAsync(settings.ToSettings(), cancellationToken);
    }

    /// <summary>Tests a device now, and stores the verdict for later uses.</summary>
    public async Task<SelfTestReport> TestAsync(ComputeSettings settings, CancellationToken cancellationToken)
    {
        var report = await _process.RunAsync(settings, cancellationToken);
        // A crash, a timeout or a refusal may have a temporary cause.
        if (_fault is null && report is { Failure: null, Settings: { } tested, Libtorch: { } libtorch })
            _cache.Store(VerdictKey.Of(MachineDescription.Current(), libtorch, tested), report);
        return report;
    }
}
