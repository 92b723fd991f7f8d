using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Rendering;
using MlxVideo.Engine.Stages;
using MlxVideo.Shared.Workers;
using MlxVideo.Worker.Capabilities;
using MlxVideo.Worker.Engine;

namespace MlxVideo.Worker.Tests.Capabilities;

public sealed class CapabilityMeasurementTests(TinyModelFolder tiny) : IClassFixture<TinyModelFolder>
{
    [Fact]
    public async Task All_capabilities_are_measured()
    {
        using var runner = new StageRunner(
            tiny.Model, new ComputeSettings(Device: "cpu", Dtype: "bfloat16", Kernels: "metal-safe").Resolve(), threads: 2);
        var hours = new AllowedHours(1200, 480, 60);
        var owner = new OwnerSettings(1.25e9, ["fast", "office"], hours);
        var benchmarks = new ScriptedBenchmarks();

        var measured = owner.ApplyTo(
            await CapabilityMeasurement.MeasureAsync(runner, 1000, new ResidencyPolicy(400), benchmarks));

        Assert.Equal(
            (1000, 400, 3.5, 2e9), (measured.MemoryBytes, measured.WeightBytes, measured.TeraflopsPerSecond, measured.DiskBytesPerSecond));
        Assert.Equal(
            (1.25e9, "bfloat16", 2, hours), (measured.LinkBytesPerSecond, measured.Precision, measured.BytesPerElement, measured.Hours));
        Assert.EndsWith(" cpu bfloat16 metal-safe 2", measured.Arithmetic, StringComparison.Ordinal);
        Assert.Equal(["fast", "office"], measured.Tags);
        Assert.Null(measured.Unfit);
        Assert.Equal(runner.Sizes(), measured.Components);
        Assert.Equal(tiny.Model.Files.Max(file => new FileInfo(file.Path).Length), new FileInfo(benchmarks.File!).Length);
    }

    [Fact]
    public async Task Faulty_device_is_reported_and_not_measured()
    {
        using var runner = new StageRunner(tiny.Model);
        var benchmarks = new ScriptedBenchmarks();

        var measured = await CapabilityMeasurement.MeasureAsync(
            runner, 1000, new ResidencyPolicy(400), benchmarks, unfit: "It is broken.");

        Assert.Equal(("It is broken.", 0), (measured.Unfit, measured.TeraflopsPerSecond));
        Assert.False(benchmarks.HasComputed);
        Assert.Equal(runner.Sizes(), measured.Components);
    }

    [Fact]
    public async Task Throughput_of_the_engines_device_is_measured()
    {
        using var thread = new EngineThread();
        Assert.True(await new EngineBenchmarks(ComputeOptions.CpuFloat32, threads: 1, thread).TeraflopsPerSecondAsync() > 0);
    }

    private sealed class ScriptedBenchmarks : IBenchmarks
    {
        public string? File { get; private set; }

        public bool HasComputed { get; private set; }

        public Task<double> TeraflopsPerSecondAsync()
        {
            HasComputed = true;
            return Task.FromResult(3.5);
        }

        public Task<double> DiskBytesPerSecondAsync(string file)
        {
            File = file;
            return Task.FromResult(2e9);
        }
    }
}
