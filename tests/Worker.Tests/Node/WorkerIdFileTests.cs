using MlxVideo.Worker.Node;

namespace MlxVideo.Worker.Tests.Node;

public sealed class WorkerIdFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Id_is_stable_across_restarts_and_paths_to_the_folder()
    {
        var data = _folder.File("data");
        var id = WorkerIdFile.ReadOrCreate(data, "machine-1");
        Assert.Equal(id, WorkerIdFile.ReadOrCreate(data, "machine-1"));

        Directory.CreateSymbolicLink(_folder.File("link"), data);
        Directory.CreateSymbolicLink(_folder.File("upper"), _folder.Path);
        Assert.Equal(id, WorkerIdFile.ReadOrCreate(_folder.File("link"), "machine-1"));
        Assert.Equal(id, WorkerIdFile.ReadOrCreate(_folder.File("upper/link/"), "machine-1"));
        Assert.Equal(id, WorkerIdFile.ReadOrCreate(Path.GetRelativePath(Environment.CurrentDirectory, data), "machine-1"));
    }

    [Fact]
    public void Cloned_disk_gets_a_new_id_on_another_machine()
    {
        var id = WorkerIdFile.ReadOrCreate(_folder.Path, "machine-1");
        var cloned = WorkerIdFile.ReadOrCreate(_folder.Path, "machine-2");
        Assert.NotEqual(id, cloned);
        Assert.Equal(cloned, WorkerIdFile.ReadOrCreate(_folder.Path, "machine-2"));
    }

    [Fact]
    public void Copied_folder_gets_a_new_id()
    {
        var id = WorkerIdFile.ReadOrCreate(_folder.File("data"), "machine-1");
        Directory.CreateDirectory(_folder.File("copy"));
        File.Copy(_folder.File("data/worker-id"), _folder.File("copy/worker-id"));
        Assert.NotEqual(id, WorkerIdFile.ReadOrCreate(_folder.File("copy"), "machine-1"));
        Assert.Equal(id, WorkerIdFile.ReadOrCreate(_folder.File("data"), "machine-1"));
    }

    [Fact]
    public void Id_of_an_earlier_version_is_kept()
    {
        var old = Guid.NewGuid().ToString("N");
        File.WriteAllText(_folder.File("worker-id"), old);
        Assert.Equal(old, WorkerIdFile.ReadOrCreate(_folder.Path, "machine-1"));
        Assert.NotEqual(old, WorkerIdFile.ReadOrCreate(_folder.Path, "machine-2"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("not an id\nmachine-1 /data\n")]
    public void Damaged_file_is_replaced(string content)
    {
        File.WriteAllText(_folder.File("worker-id"), content);
        var id = WorkerIdFile.ReadOrCreate(_folder.Path, "machine-1");
        Assert.True(Guid.TryParseExact(id, "N", out _));
        Assert.Equal(id, WorkerIdFile.ReadOrCreate(_folder.Path, "machine-1"));
    }

    [Fact]
    public void Machine_identity_is_stable() => Assert.Equal(MachineIdentity.Current(), MachineIdentity.Current());
}
