using Microsoft.Data.Sqlite;
using MlxVideo.Cluster.Configuration;

namespace MlxVideo.Coordinator.Persistence;

/// <summary>Checks a SQLite file before the farm uses it.</summary>
internal static class SqliteFile
{
    private const int Busy = 5;
    private const int ReadOnly = 8;
    private const int Corrupt = 11;
    private const int CannotOpen = 14;
    private const int NotADatabase = 26;
    private const int PatienceSeconds = 5;

    private const string Replace = "restore a backup of it, or move it away to start with an empty farm";

    /// <summary>Checks that the file can be used, creating it if necessary, and switches it to write-ahead logging.</summary>
    /// <exception cref="InvalidConfigurationException">The file can't be used.</exception>
    public static void Prepare(string path)
    {
        try
        {
            if (FindFault(path) is { } fault)
                throw new InvalidConfigurationException($"The database {path} is damaged ({fault}): {Replace}.");
        }
        catch (SqliteException ex)
        {
            throw new InvalidConfigurationException($"The database {path} {Describe(ex, path)}.", ex);
        }
    }

    private static string? FindFault(string path)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            DefaultTimeout = PatienceSeconds,
            Pooling = false,
        }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
        // The mode is a property of the file. Readers do not block the writer, and a commit needs one sync instead of two.
        command.CommandText = "PRAGMA journal_mode = WAL; PRAGMA quick_check(1);";
        using var answer = command.ExecuteReader();
        answer.NextResult();
        return answer.Read() && answer.GetString(0) is not "ok" and var fault ? fault.ReplaceLineEndings(" ") : null;
    }

    private static string Describe(SqliteException ex, string path) => ex.SqliteErrorCode switch
    {
        Busy => "is in use by another program: close that program",
        ReadOnly => "can't be written to: give this user write access to the file and to its folder",
        Corrupt => $"is damaged: {Replace}",
        CannotOpen when !Directory.Exists(Path.GetDirectoryName(path)) =>
            "can't be opened because its folder does not exist: create the folder, or choose another with --data",
        CannotOpen when Directory.Exists(path) => "can't be opened because it is a folder: move the folder away",
        CannotOpen => "can't be opened: give this user read and write access to the file and to its folder",
        NotADatabase => $"is not a SQLite database: {Replace}",
        _ => $"can't be used ({ex.Message.TrimEnd('.')}): check the disk and the file, or choose another data folder with --data",
    };
}
