namespace MlxVideo.Shared.Errors;

/// <summary>Marks exceptions caused by arguments, files or settings that the user must correct: the program exits with code 2.</summary>
public interface IBadInput;
