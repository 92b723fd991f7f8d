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

/// <summary>A blob store behind HTTP whose disk is full.</summary>
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
        builder.Services.AddSingleton(_store).AddSingleton<TimeProvider>(_volume.Clock).AddSingleton<StorageCondition>();
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
    [InlineData(64 << 20)] // refused before it is sent: the connection would break otherwise
    public async Task Upload_without_room_is_answered_with_the_sentence(int length)
    {
        _volume.Free = 5;
        var (blob, file) = NewFile(length);
        var refusal = await Assert.ThrowsAsync<FarmApiException>(() => _client.Put(blob, file, CancellationToken.None));
        Assert.True(refusal.IsStorageFull);
        Assert.Contains($"The disk that holds {_store.Folder} is full (5 bytes are free", refusal.Message);
        Assert.Contains(refusal.Message, Condition.Problem);

        _volume.Free = long.MaxValue;
        Assert.True(await _client.Put(blob, file, CancellationToken.None));
    }

    [Fact]
    public async Task Many_refusals_are_logged_once_and_the_end_once()
    {
        _volume.Free = 0;
        var (blob, file) = NewFile(10);
        for (var i = 0; i < 20; i++)
            await Assert.ThrowsAsync<FarmApiException>(() => _client.Put(blob, file, CancellationToken.None));
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
        await Assert.ThrowsAsync<FarmApiException>(() => _client.Put(blob, file, CancellationToken.None));
        _volume.Free = 19;
        Recheck();
        Assert.NotNull(Condition.Problem);
        _volume.Free = 20;
        Recheck();
        Assert.Null(Condition.Problem);
    }

    [Fact]
    public async Task File_that_nobody_offers_any_more_does_not_hold_the_work_for_ever()
    {
        _volume.Free = 15;
        var (blob, file) = NewFile(20);
        await Assert.ThrowsAsync<FarmApiException>(() => _client.Put(blob, file, CancellationToken.None));
        _volume.Clock.Now += TimeSpan.FromMinutes(2);
        Recheck();
        Assert.Null(Condition.Problem);
    }

    [Fact]
    public async Task Folder_that_became_unwritable_is_named()
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
            return;
        var incoming = Path.Combine(_store.Folder, "incoming");
        Directory.Delete(incoming);
        File.WriteAllText(incoming, ""); // root may write in a read-only folder, but not below a file
        var (blob, file) = NewFile(10);
        var refusal = await Assert.ThrowsAsync<FarmApiException>(() => _client.Put(blob, file, CancellationToken.None));
        Assert.True(refusal.IsStorageFull);
        Assert.Contains($"The folder {_store.Folder} can't be written", refusal.Message);
        Recheck();
        Assert.NotNull(Condition.Problem);
    }

    /// <summary>Looks, and again when workers have had time to offer what they hold.</summary>
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
