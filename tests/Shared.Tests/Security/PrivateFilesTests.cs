using System.Security.Cryptography;
using System.Text;
using MlxVideo.Shared.Security;

namespace MlxVideo.Shared.Tests.Security;

public sealed class PrivateFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mlx-video-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Farm_and_worker_keep_their_secrets_to_the_user()
    {
        var token = SecurityFolder.Create(_folder, "ada", TimeProvider.System);
        AssertPrivate(Path.Combine(_folder, SecurityFolder.Name), files: 3);
        var secrets = Directory.EnumerateFiles(Path.Combine(_folder, SecurityFolder.Name)).Select(File.ReadAllText).ToList();
        Assert.DoesNotContain(secrets, text => text.Contains(token.ToString(), StringComparison.Ordinal));

        var (worker, key) = (Path.Combine(_folder, "worker"), WorkerCredentials.PendingKey(Path.Combine(_folder, "worker")));
        using var authority = SecurityFolder.Find(_folder)!.ReadAuthority();
        var certificate = authority.Issue(
            FarmAuthority.KeyOf(FarmAuthority.RequestFor(key)), new FarmMember(FarmRole.Worker, "w1"), [], TimeSpan.FromDays(1),
            TimeProvider.System);
        WorkerCredentials.Save(worker, certificate, key, authority.Certificate, 8080);
        AssertPrivate(Path.Combine(worker, SecurityFolder.Name), files: 3);
        var read = WorkerCredentials.Find(worker)!;
        Assert.Equal(("w1", 8080), (read.Current.Member.Id, read.ApiPort));
        Assert.True(read.Current.Certificate.HasPrivateKey);
    }

    [Fact]
    public void Interrupted_enrolment_is_repeated_with_the_same_key()
    {
        using var first = WorkerCredentials.PendingKey(_folder);
        using var second = WorkerCredentials.PendingKey(_folder);
        Assert.Equal(first.ExportSubjectPublicKeyInfo(), second.ExportSubjectPublicKeyInfo());
    }

    [Fact]
    public void Second_farm_in_a_folder_is_refused()
    {
        SecurityFolder.Create(_folder, "ada", TimeProvider.System);
        Assert.Contains("already holds", Assert.Throws<FarmExistsException>(
            () => SecurityFolder.Create(_folder, "ada", TimeProvider.System)).Message);
    }

    [Fact]
    public void Secret_that_others_can_read_is_refused()
    {
        if (OperatingSystem.IsWindows())
            return;
        SecurityFolder.Create(_folder, "ada", TimeProvider.System);
        var file = Path.Combine(_folder, SecurityFolder.Name, "ca.key");
        File.SetUnixFileMode(file, File.GetUnixFileMode(file) | UnixFileMode.OtherRead);
        Assert.Contains("chmod 600", Assert.Throws<IOException>(() => SecurityFolder.Find(_folder)!.ReadAuthority()).Message);
    }

    [Fact]
    public void Damaged_files_are_reported_with_their_names()
    {
        SecurityFolder.Create(_folder, "ada", TimeProvider.System);
        PrivateFile.Write(Path.Combine(_folder, SecurityFolder.Name, "state.json"), "{}"u8);
        PrivateFile.Write(Path.Combine(_folder, SecurityFolder.Name, "ca.key"), Encoding.ASCII.GetBytes("no key"));
        Assert.Contains("state.json is damaged", Assert.Throws<IOException>(() => SecurityFolder.Find(_folder)!.ReadState()).Message);
        Assert.Contains("is damaged", Assert.Throws<IOException>(() => SecurityFolder.Find(_folder)!.ReadAuthority()).Message);
    }

    [Fact]
    public void Replaced_file_leaves_no_other_behind()
    {
        var file = Path.Combine(_folder, "secret");
        PrivateFile.Write(file, RandomNumberGenerator.GetBytes(10));
        PrivateFile.Write(file, "new"u8);
        Assert.Equal("new", Encoding.ASCII.GetString(PrivateFile.Read(file)));
        Assert.Equal([file], Directory.EnumerateFileSystemEntries(_folder));
    }

    private static void AssertPrivate(string folder, int files)
    {
        Assert.Equal(files, Directory.EnumerateFiles(folder).Count());
        if (OperatingSystem.IsWindows())
            return;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
        foreach (var file in Directory.EnumerateFiles(folder))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }
}
