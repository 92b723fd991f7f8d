using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MlxVideo.Coordinator.Http;
using MlxVideo.Coordinator.Storage;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Coordinator.Tests.Http;

/// <summary>HTTP access to a blob store on a full disk.</summary>
public sealed class FullDiskResponseTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mlx-video-test-").FullName;
    private readonly HttpClient _http = new();
    private readonly SmallVolume _volume;
    private readonly BlobStore _store;
    private readonly LogLines _log = new();
    private WebApplication _app = null!;
    private BlobClient _client = null!;

    public FullDiskResponseTests()
    {
        _volume = new SmallVolume(_folder);
        _store = new BlobStore(Path.Combine(_folder, "blobs"), _volume);
    }

    private StorageCondition Condition => _app.Services.GetRequiredService<StorageCondition>();

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(_log).AddFilter("Microsoft", LogLevel.None);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Limits.MaxRequestBodySize = null;
        });
        builder.Services.AddSingleton(_store).AddSingleton<TimeProvider>(_volume.Clock).AddSingleton<StorageCondition>()
            .AddBlobs();
        _app = builder.Build();
        _app.UseApiErrors();
        _app.MapBlobs();
        await _app.StartAsync();
        _client = new BlobClient(_http, new Uri(_app.Urls.Single()));
    }

    public async Task DisposeAsync()
    {
        await _app.DisposeAsync();
        _http.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(64 << 20)] // refused before it is sent; otherwise the connection would break
    public async Task Upload_to_a_full_disk_is_refused_with_a_message(int length)
    {
        _volume.Free = 5;
        var (blob, file) = NewFile(length);
        var refusal = await Assert.ThrowsAsync<FarmApiException>(() => _client.PutAsync(blob, file, CancellationToken.None));
        Assert.True(refusal.IsStorageFull);
        Assert.Contains($"The disk that holds {_store.Folder} is full (5 bytes free", refusal.Message);
        Assert.Contains(refusal.Message, Condition.Problem);

        _volume.Free = long.MaxValue;
        Assert.True(await _client.PutAsync(blob, file, CancellationToken.None));
    }

    [Fact]
    public async Task Repeated_refusals_and_the_recovery_are_logged_once_each()
    {
        _volume.Free = 0;
        var (blob, file) = NewFile(10);
        for (var i = 0; i < 20; i++)
            await Assert.ThrowsAsync<FarmApiException>(() => _client.PutAsync(blob, file, CancellationToken.None));
        Assert.Equal([LogLevel.Error], _log.Levels);

        Recheck(); // still full
        Assert.NotNull(Condition.Problem);
        _volume.Free = long.MaxValue;
        Recheck();
        Assert.Null(Condition.Problem);
        Recheck();
        Assert.Equal([LogLevel.Error, LogLevel.Information], _log.Levels);
    }

    [Fact]
    public async Task Work_is_held_until_the_refused_file_fits()
    {
        _volume.Free = 15;
        var (blob, file) = NewFile(20);
        await Assert.ThrowsAsync<FarmApiException>(() => _client.PutAsync(blob, file, CancellationToken.None));
        _volume.Free = 19;
        Recheck();
        Assert.NotNull(Condition.Problem);
        _volume.Free = 20;
        Recheck();
        Assert.Null(Condition.Problem);
    }

    [Fact]
    public async Task Refused_file_that_is_no_longer_offered_does_not_hold_work_forever()
    {
        _volume.Free = 15;
        var (blob, file) = NewFile(20);
        await Assert.ThrowsAsync<FarmApiException>(() => _client.PutAsync(blob, file, CancellationToken.None));
        _volume.Clock.Now += TimeSpan.FromMinutes(2);
        Recheck();
        Assert.Null(Condition.Problem);
    }

    [Fact]
    public async Task Unwritable_folder_is_named()
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
            return;
        var incoming = Path.Combine(_store.Folder, "incoming");
        Directory.Delete(incoming);
        File.WriteAllText(incoming, ""); // root can write to a read-only folder, but not below a file
        var (blob, file) = NewFile(10);
        var refusal = await Assert.ThrowsAsync<FarmApiException>(() => _client.PutAsync(blob, file, CancellationToken.None));
        Assert.True(refusal.IsStorageFull);
        Assert.Contains($"The folder {_store.Folder} can't be written", refusal.Message);
        Recheck();
        Assert.NotNull(Condition.Problem);
    }

    /// <summary>Rechecks twice, with enough time in between for workers to offer their files again.</summary>
    private void Recheck()
    {
        Condition.Recheck();
        _volume.Clock.Now += TimeSpan.FromSeconds(16);
        Condition.Recheck();
    }

    private (BlobRef Blob, string File) NewFile(int length)
    {
        var file = Path.Combine(_folder, "file");
        File.WriteAllBytes(file, new byte[length]);
        return (BlobRef.OfFile(file), file);
    }

    private sealed class SmallVolume(string folder) : Volume(folder)
    {
        public TestClock Clock { get; } = new();

        public long Free { get; set; } = long.MaxValue;

        public override long FreeBytes => Free;

        public override long ReserveBytes => 0;
    }

    private sealed class TestClock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }

    private sealed class LogLines : ILoggerProvider, ILogger
    {
        public List<LogLevel> Levels { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Levels.Add(logLevel);

        public void Dispose()
        {
        }
    }
}
