using MlxVideo.Cluster.Hosting;

namespace MlxVideo.Cluster.Tests.Hosting;

public sealed class DataFolderLockTests : IDisposable
{
    private readonly string _parent = Directory.CreateTempSubdirectory("mlx-video-test-").FullName;
    private readonly string _folder;

    public DataFolderLockTests() => _folder = Directory.CreateDirectory(Path.Combine(_parent, "data")).FullName;

    public void Dispose() => Directory.Delete(_parent, recursive: true);

    [Fact]
    public void Second_daemon_of_either_kind_is_refused_and_the_first_is_named()
    {
        using var first = Acquire(_folder, "worker", "mini-1");
        var refusal = Assert.Throws<DataFolderInUseException>(() => Acquire(_folder, "coordinator", "host"));
        Assert.Contains($"worker 'mini-1' (process {Environment.ProcessId} on {Environment.MachineName}, since ", refusal.Message);
        Assert.Contains(_folder, refusal.Message);
    }

    [Fact]
    public void Folder_is_free_after_the_first_daemon_has_ended()
    {
        Acquire(_folder, "worker", "mini-1").Dispose();
        Acquire(_folder, "worker", "mini-2").Dispose();
    }

    [Fact]
    public void Folder_is_locked_under_every_path_to_it()
    {
        var link = Path.Combine(_parent, "link");
        Directory.CreateSymbolicLink(link, _folder);
        using var first = Acquire(link, "worker", "mini-1");
        Assert.Throws<DataFolderInUseException>(() => Acquire(_folder, "worker", "mini-2"));
        Assert.Throws<DataFolderInUseException>(
            () => Acquire(Path.GetRelativePath(Environment.CurrentDirectory, _folder), "worker", "mini-2"));
    }

    [Fact]
    public void Copy_of_a_folder_in_use_is_not_locked()
    {
        using var first = Acquire(_folder, "worker", "mini-1");
        var copy = Directory.CreateDirectory(Path.Combine(_parent, "copy")).FullName;
        File.WriteAllBytes(Path.Combine(copy, "lock"), []);
        File.WriteAllText(Path.Combine(copy, "lock-holder"), File.ReadAllText(Path.Combine(_folder, "lock-holder")));
        Acquire(copy, "worker", "mini-2").Dispose();
    }

    [Fact]
    public void Unreadable_holder_file_does_not_release_the_lock()
    {
        using var first = Acquire(_folder, "worker", "mini-1");
        File.WriteAllText(Path.Combine(_folder, "lock-holder"), "{");
        Assert.Contains("another daemon", Assert.Throws<DataFolderInUseException>(() => Acquire(_folder, "worker", "mini-2")).Message);
    }

    private static DataFolderLock Acquire(string folder, string kind, string name) =>
        DataFolderLock.Acquire(folder, kind, name, TimeProvider.System);
}
