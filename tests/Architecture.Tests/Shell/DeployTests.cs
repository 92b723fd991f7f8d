using MlxVideo.Cluster.Configuration;
using MlxVideo.Coordinator.Hosting;
using MlxVideo.Shared.Errors;
using MlxVideo.Worker.Hosting;

namespace MlxVideo.Architecture.Tests.Shell;

/// <summary>The installation of both daemons as services, on simulated machines.</summary>
public sealed class DeployTests : IDisposable
{
    private readonly List<DeploySandbox> _machines = [];

    public static TheoryData<string, string> Machines() => new()
    {
        { "Darwin", "worker" }, { "Darwin", "coordinator" }, { "Linux", "worker" }, { "Linux", "coordinator" },
    };

    [Theory]
    [MemberData(nameof(Machines))]
    public async Task Installation_starts_the_daemon_and_changes_nothing_when_repeated(string system, string role)
    {
        var machine = Machine(system, role);
        var first = await machine.InstallAsync();
        first.AssertDone();
        Assert.True(machine.IsRunning);
        Assert.Contains("is ready", first.Error);
        machine.ForgetCalls();
        foreach (var arguments in new[] { machine.Required, [] })
        {
            var again = await machine.RunAsync(arguments);
            again.AssertDone();
            Assert.Contains("nothing was changed", again.Error);
        }

        Assert.Empty(machine.Calls);
    }

    [Theory]
    [MemberData(nameof(Machines))]
    public async Task Upgrade_stops_the_daemon_before_the_new_version_starts_and_keeps_the_old_one(string system, string role)
    {
        var machine = Machine(system, role);
        (await machine.InstallAsync()).AssertDone();
        var old = machine.Version!;
        machine.ForgetCalls();
        machine.ChangeSources("second");
        (await machine.RunAsync("--upgrade")).AssertDone();
        Assert.NotEqual(old, machine.Version);
        Assert.True(machine.IsRunning);
        Assert.Equal(
            new[] { old, machine.Version }.Order(),
            Directory.EnumerateDirectories(machine.Program).Select(Path.GetFileName).Where(name => name != "current").Order());
        string[] expected = system == "Darwin"
            ? ["kill SIGTERM", "bootout", "enable", "bootstrap"]
            : ["stop", "enable", "restart"];
        Assert.Equal(
            expected,
            machine.Calls.Where(call => !call.StartsWith("mlx-video", StringComparison.Ordinal))
                .Select(call => expected.FirstOrDefault(verb => call.Contains($"ctl {verb} ", StringComparison.Ordinal)) ?? call));
    }

    [Theory]
    [MemberData(nameof(Machines))]
    public async Task Upgrade_that_does_not_become_ready_is_rolled_back(string system, string role)
    {
        var machine = Machine(system, role);
        (await machine.InstallAsync()).AssertDone();
        var old = machine.Version;
        machine.ChangeSources("second");
        machine.BreakNextBuild();
        var upgrade = await machine.RunAsync("--upgrade");
        upgrade.AssertFailed(ExitCodes.Failed, "no such model", $"did not start; version {old} is running again");
        Assert.Equal(old, machine.Version);
        Assert.True(machine.IsRunning);
    }

    [Theory]
    [MemberData(nameof(Machines))]
    public async Task Removal_keeps_the_data_unless_they_are_purged(string system, string role)
    {
        var machine = Machine(system, role);
        (await machine.InstallAsync()).AssertDone();
        (await machine.RunAsync("--uninstall")).AssertDone();
        Assert.False(machine.IsRunning);
        Assert.False(Directory.Exists(machine.Program));
        Assert.True(File.Exists(Path.Combine(machine.Data, DaemonConfiguration.FileName)));
        Assert.Empty(Directory.EnumerateFiles(machine.InRoot("Library/LaunchDaemons")));
        Assert.Empty(Directory.EnumerateFiles(machine.InRoot("etc/systemd/system")));
        (await machine.RunAsync("--uninstall", "--purge")).AssertDone();
        Assert.False(Directory.Exists(machine.Data));
        var nothing = await machine.RunAsync("--uninstall");
        nothing.AssertDone();
        Assert.Contains($"no {role} is installed here", nothing.Error);
    }

    [Theory]
    [MemberData(nameof(Machines))]
    public async Task Daemon_that_does_not_become_ready_is_reported_with_its_output(string system, string role)
    {
        var machine = Machine(system, role);
        machine.BreakNextBuild();
        (await machine.InstallAsync()).AssertFailed(ExitCodes.Failed, "no such model", "installed but not ready");
    }

    [Fact]
    public async Task Dry_run_changes_nothing()
    {
        var machine = Machine("Darwin", "worker");
        (await machine.InstallAsync("--dry-run")).AssertDone();
        Assert.Empty(machine.Calls);
        Assert.False(Directory.Exists(machine.Data));
        Assert.False(Directory.Exists(machine.Program));
    }

    [Fact]
    public async Task Settings_are_written_for_the_worker_which_accepts_them()
    {
        var machine = Machine("Darwin", "worker");
        (await machine.InstallAsync(
            "--name", "the \"big\" one \\ & more", "--hours", "20:00-08:00", "--tags", "big,fast", "--link", "2.5", "--threads", "4",
            "--weight-memory", "16", "--device", "cpu", "--dtype", "float32", "--kernels", "plain", "--blob-quota", "50GB",
            "--cluster-port", "4055", "--listen", "192.168.1.11", "--keep-awake", "--token", "")).AssertDone();
        var options = DaemonConfiguration.Read(machine.Data, new Dictionary<string, string?>()).Bind<WorkerOptions>(WorkerOptions.Section);
        Assert.Equal(("192.168.1.10:4053", machine.Model, "the \"big\" one \\ & more"), (options.Join, options.Model, options.Name));
        Assert.Equal(("20:00-08:00", "big,fast", 2.5), (options.Hours, options.Tags, options.Link));
        Assert.Equal((4, 16), (options.Threads, options.WeightMemory));
        Assert.Equal(("cpu", "float32", "plain", "50GB"), (options.Device, options.Dtype, options.Kernels, options.BlobQuota));
        Assert.Equal((4055, "192.168.1.11", true, false), (options.ClusterPort, options.Listen, options.KeepAwake, options.TrustedNetwork));
    }

    [Fact]
    public async Task Worker_without_a_model_folder_is_installed_to_fetch_one()
    {
        var machine = Machine("Darwin", "worker");
        (await machine.RunAsync(
            "--join", "192.168.1.10:4053", "--token", "", "--fetch-models", "--model-name", "ltx-2", "--api-port", "9080")).AssertDone();
        var options = DaemonConfiguration.Read(machine.Data, new Dictionary<string, string?>()).Bind<WorkerOptions>(WorkerOptions.Section);
        Assert.Equal((true, "ltx-2", 9080, null), (options.FetchModels, options.ModelName, options.ApiPort, options.Model));

        var dry = await Machine("Darwin", "worker").RunAsync("--dry-run", "--join", "192.168.1.10:4053", "--fetch-models");
        Assert.Contains("at most 14400 s", dry.Output);
    }

    [Fact]
    public async Task Settings_are_written_for_the_coordinator_which_accepts_them()
    {
        var machine = Machine("Linux", "coordinator");
        (await machine.InstallAsync(
            "--cluster-port", "4055", "--http-port", "9080", "--keep-results", "500GB", "--blob-quota", "1TB", "--trusted-network"))
            .AssertDone();
        var options = DaemonConfiguration.Read(machine.Data, new Dictionary<string, string?>())
            .Bind<CoordinatorOptions>(CoordinatorOptions.Section);
        Assert.Equal(("192.168.1.10", 4055, 9080), (options.Listen, options.ClusterPort, options.HttpPort));
        Assert.Equal(("500GB", "1TB", true), (options.KeepResults, options.BlobQuota, options.TrustedNetwork));
        Assert.False(Directory.Exists(Path.Combine(machine.Data, "security")));
    }

    [Fact]
    public async Task Existing_settings_are_replaced_only_on_request()
    {
        var machine = Machine("Darwin", "worker");
        (await machine.InstallAsync("--name", "mini")).AssertDone();
        var file = Path.Combine(machine.Data, DaemonConfiguration.FileName);
        var before = await File.ReadAllTextAsync(file);
        (await machine.InstallAsync("--name", "studio")).AssertFailed(ExitCodes.BadInput, "has other settings", "--reconfigure");
        Assert.Equal(before, await File.ReadAllTextAsync(file));

        // A worker that was revoked joins again with a new token, and needs no other change.
        (await machine.InstallAsync("--name", "mini", "--token", "NEW")).AssertDone();
        Assert.Contains("\"Token\": \"NEW\"", await File.ReadAllTextAsync(file));

        (await machine.InstallAsync("--name", "studio", "--reconfigure")).AssertDone();
        Assert.Contains("\"Name\": \"studio\"", await File.ReadAllTextAsync(file));
        Assert.Contains("\"Name\": \"mini\"", await File.ReadAllTextAsync($"{file}.old"));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)); // it contains the token
    }

    [Theory]
    [InlineData("worker", "there is no option --http-port; see deploy/install-worker.sh --help", "--http-port", "1")]
    [InlineData("worker", "'mini' is not an option; see deploy/install-worker.sh --help", "mini")]
    [InlineData("worker", "--name needs a value, or does not exist; see deploy/install-worker.sh --help", "--name")]
    [InlineData("worker", "--join ':4053' is not an address; use HOST or HOST:PORT, such as 192.168.1.10:4053", "--join", ":4053")]
    [InlineData("worker", "--model /nowhere is not a folder; use the folder with the model's files", "--model", "/nowhere")]
    [InlineData("worker", "--model FOLDER is missing: the folder with the model's files, or use --fetch-models", "--join", "192.168.1.10")]
    [InlineData("worker", "--model FOLDER is missing: the folder with the model's files, or use --fetch-models", "--name", "mini")]
    [InlineData("worker", "--threads two is not a number", "--threads", "two")]
    [InlineData("worker", "--threads 1.5 is not a whole number", "--threads", "1.5")]
    [InlineData("worker", "no worker is installed here; run deploy/install-worker.sh without --upgrade", "--upgrade")]
    [InlineData("worker", "--upgrade and --uninstall exclude each other", "--upgrade", "--uninstall")]
    [InlineData("worker", "--purge is only for --uninstall", "--purge")]
    [InlineData("worker", "--reconfigure needs the new settings; see deploy/install-worker.sh --help", "--reconfigure")]
    [InlineData("coordinator", "--listen mac is not an IP address; use one such as 192.168.1.10", "--listen", "mac")]
    [InlineData("coordinator", "--listen auto is only for workers; use an IP address of this machine", "--listen", "auto")]
    [InlineData("coordinator", "--http-port 70000 is not a TCP port; use a number from 0 to 65535", "--http-port", "70000")]
    public async Task Unusable_arguments_end_with_code_2_and_one_sentence(string role, string sentence, params string[] arguments)
    {
        var machine = Machine("Darwin", role);
        var result = await machine.RunAsync(arguments);
        Assert.Equal((ExitCodes.BadInput, $"install-{role}: {sentence}\n", ""), (result.ExitCode, result.Error, result.Output));
        Assert.Empty(machine.Calls);
    }

    [Fact]
    public async Task Settings_are_not_for_upgrades()
    {
        var machine = Machine("Darwin", "worker");
        var result = await machine.RunAsync("--upgrade", "--name", "mini");
        result.AssertFailed(ExitCodes.BadInput, "--name has no effect with --upgrade; edit ", "appsettings.json instead");
    }

    [Fact]
    public async Task Model_where_macOS_keeps_services_out_is_refused()
    {
        var machine = Machine("Darwin", "worker");
        var model = Directory.CreateDirectory(machine.InHome("Documents/ltx-2")).FullName;
        var result = await machine.RunAsync("--join", "192.168.1.10", "--model", model);
        result.AssertFailed(ExitCodes.BadInput, "is in a folder that macOS keeps services out of; move it");
    }

    [Fact]
    public async Task Root_is_refused_on_a_Mac_because_of_Homebrew()
    {
        var machine = Machine("Darwin", "worker");
        machine.AddStub("id", "echo 0");
        (await machine.InstallAsync()).AssertFailed(ExitCodes.Failed, "run this without sudo");
    }

    [Theory]
    [InlineData("worker")]
    [InlineData("coordinator")]
    public async Task Every_option_of_the_daemon_is_an_option_of_its_installation(string role)
    {
        var command = role == "worker" ? WorkerCommand.Create() : CoordinatorCommand.Create();
        string[] ofTheProcess = ["--data", "--parent-pid", "--verbose"];
        var help = (await Machine("Darwin", role).RunAsync("--help")).Output;
        Assert.All(command.Options.Select(option => option.Name).Except(ofTheProcess), option => Assert.Contains($"  {option} ", help));
    }

    /// <inheritdoc/>
    public void Dispose() => _machines.ForEach(machine => machine.Dispose());

    private DeploySandbox Machine(string system, string role)
    {
        var machine = new DeploySandbox(system, role);
        _machines.Add(machine);
        return machine;
    }
}
