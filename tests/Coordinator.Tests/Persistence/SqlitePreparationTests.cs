using System.Runtime.Versioning;
using Microsoft.Data.Sqlite;
using MlxVideo.Cluster.Configuration;
using MlxVideo.Coordinator.Persistence;

namespace MlxVideo.Coordinator.Tests.Persistence;

/// <summary>Checks of a SQLite file at the coordinator's start.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class SqlitePreparationTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sqlite-").FullName;

    private string File => Path.Combine(_folder, FarmDatabase.FileName);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void New_file_is_created_with_write_ahead_logging()
    {
        Prepare();
        Assert.Equal("wal", Execute("PRAGMA journal_mode"));
    }

    [Fact]
    public void Missing_folder_is_named() => AssertRefused(
        "can't be opened because its folder does not exist: create the folder, or choose another with --data.",
        Path.Combine(_folder, "none"));

    [Fact]
    public void Folder_in_place_of_the_file_is_reported()
    {
        Directory.CreateDirectory(File);
        AssertRefused("can't be opened because it is a folder: move the folder away.");
    }

    [SkippableFact]
    public void File_without_access_is_reported()
    {
        Skip.If(Environment.IsPrivilegedProcess, "This process may read every file.");
        Prepare();
        System.IO.File.SetUnixFileMode(File, UnixFileMode.None);
        AssertRefused("can't be opened: give this user read and write access to the file and to its folder.");
    }

    [SkippableFact]
    public void Read_only_file_is_reported()
    {
        Skip.If(Environment.IsPrivilegedProcess, "This process may write to every file.");
        Execute("CREATE TABLE t (x)");
        System.IO.File.SetUnixFileMode(File, UnixFileMode.UserRead);
        AssertRefused("can't be written to: give this user write access to the file and to its folder.");
    }

    [Fact]
    public void Other_file_is_not_taken_for_a_database()
    {
        System.IO.File.WriteAllText(File, new string('x', 10_000));
        AssertRefused("is not a SQLite database: restore a backup of it, or move it away to start with an empty farm.");
    }

    [Fact]
    public void Damaged_page_is_found()
    {
        Execute("""
            CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
                INSERT INTO t(x) SELECT hex(randomblob(200)) FROM n;
            """);
        using (var file = new FileStream(File, FileMode.Open))
        {
            file.Position = file.Length / 2;
            file.Write(new byte[4096]);
        }

        var message = AssertRefused("restore a backup of it, or move it away to start with an empty farm.");
        Assert.Contains(" is damaged", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Truncated_file_is_found()
    {
        Execute("CREATE TABLE t (x); INSERT INTO t VALUES (hex(randomblob(20000)));");
        using (var file = new FileStream(File, FileMode.Open))
            file.SetLength(file.Length - 4096);
        Assert.Contains(" is damaged", AssertRefused("to start with an empty farm."), StringComparison.Ordinal);
    }

    [Fact]
    public void File_in_use_by_another_program_is_reported()
    {
        using var other = Open();
        using var command = other.CreateCommand();
        command.CommandText = "CREATE TABLE t (x); BEGIN EXCLUSIVE; INSERT INTO t VALUES (1);";
        command.ExecuteNonQuery();
        AssertRefused("is in use by another program: close that program.");
    }

    private void Prepare() => FarmDatabase.Of(_folder, postgres: null).Prepare();

    private string AssertRefused(string end, string? folder = null)
    {
        var database = FarmDatabase.Of(folder ?? _folder, postgres: null);
        var ex = Assert.Throws<InvalidConfigurationException>(database.Prepare);
        Assert.StartsWith($"The database {Path.Combine(folder ?? _folder, FarmDatabase.FileName)} ", ex.Message, StringComparison.Ordinal);
        Assert.EndsWith(end, ex.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', ex.Message);
        return ex.Message;
    }

    private string? Execute(string sql)
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar() as string;
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = File, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }
}
