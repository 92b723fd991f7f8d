using System.Diagnostics.Metrics;

namespace MlxVideo.Coordinator.Tests.Farm;

/// <summary>
/// Creates meters. The OpenTelemetry SDK collects every meter of the process with a certain name, and tests run in parallel: a prefix hides
/// a test's meters from the others.
/// </summary>
internal sealed class TestMeters(string prefix) : IMeterFactory
{
    private readonly List<Meter> _meters = [];

    public Meter Create(MeterOptions options)
    {
        var meter = new Meter($"{prefix}{options.Name}");
        _meters.Add(meter);
        return meter;
    }

    public void Dispose()
    {
        foreach (var meter in _meters)
            meter.Dispose();
    }
}
