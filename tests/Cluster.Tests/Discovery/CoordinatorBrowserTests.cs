using System.Net;
using Microsoft.Extensions.Logging;
using MlxVideo.Cluster.Discovery;

namespace MlxVideo.Cluster.Tests.Discovery;

/// <summary>The processes of the systems' programs, here shell scripts.</summary>
public sealed class CoordinatorBrowserTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongWindow = TimeSpan.FromHours(1);
    private static readonly FarmAdvertisement Farm = new(new IPEndPoint(IPAddress.Parse("10.0.0.1"), 4053), 8080, null);

    [Fact]
    public async Task Coordinators_are_listed_once_and_the_program_is_ended()
    {
        const string Line = "=;eth0;IPv4;a;_mlx-video._tcp;local;a.local;10.0.0.1;4053;\"address=10.0.0.1\" \"api=8080\"";
        var found = await BrowseAsync($"printf '%s\\n' '{Line}' '{Line}'; exec sleep 1000", Window);
        Assert.Equal([Farm], found);
    }

    [Fact]
    public async Task Program_that_floods_is_cut_off() =>
        Assert.Empty(await BrowseAsync("exec yes '=;eth0;IPv4;a;_mlx-video._tcp;local;a.local;10.0.0.1;4053;\"api=8080\"'", LongWindow));

    [Fact]
    public async Task Program_that_fails_is_quoted()
    {
        var fault = await Assert.ThrowsAsync<IOException>(() => BrowseAsync("echo 'Daemon not running' >&2; exit 1", LongWindow));
        Assert.Equal("sh: Daemon not running", fault.Message);
    }

    [Fact]
    public async Task Advertisement_ends_with_the_advertiser_and_a_failure_is_logged()
    {
        var log = new LogOfOne();
        await Advertise("exec sleep 1000", log).DisposeAsync().AsTask().WaitAsync(Patience); // waits for the end of the program
        Assert.False(log.Message.IsCompleted);
        await using var failing = Advertise("printf '%s\\n' Established 'Daemon not running' >&2; exit 1", log);
        Assert.Contains("--join: Daemon not running", await log.Message.WaitAsync(Patience));
    }

    private static FarmAdvertiser Advertise(string script, ILogger log) =>
        FarmAdvertiser.Start(new ScriptProgram(script), Farm, "1.0.0", TimeProvider.System, log, CancellationToken.None);

    private static Task<IReadOnlyList<FarmAdvertisement>> BrowseAsync(string script, TimeSpan window) =>
        CoordinatorBrowser.BrowseAsync(new ScriptProgram(script), window, TimeProvider.System, CancellationToken.None).WaitAsync(Patience);

    /// <summary>A script in place of Avahi's programs.</summary>
    private sealed class ScriptProgram(string script) : MdnsProgram
    {
        public override IReadOnlyList<string> BrowseCommand => ["/bin/sh", "-c", script];

        public override IReadOnlyList<string> RegisterCommand(string name, FarmAdvertisement farm, string version) => BrowseCommand;

        public override IEnumerable<FarmAdvertisement> Read(string output) => new AvahiPrograms("", "").Read(output);
    }

    private sealed class LogOfOne : ILogger
    {
        private readonly TaskCompletionSource<string> _message = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> Message => _message.Task;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _message.TrySetResult(formatter(state, exception));
    }
}
